/** The network, once, in plain Java over {@link org.mask2former.ops.Ops}; it holds no tensor of any engine. */
@NullMarked
package org.mask2former.model;

import org.jspecify.annotations.NullMarked;
