/** The HTTP server: its own API, the Open Inference Protocol, Label Studio's, metrics, and a page. See docs/serve.md. */
@NullMarked
package org.mask2former.serve;

import org.jspecify.annotations.NullMarked;
