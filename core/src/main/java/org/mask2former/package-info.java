/** The library's front door: load a model, segment a picture. */
@NullMarked
package org.mask2former;

import org.jspecify.annotations.NullMarked;
