/** Pictures: reading, orientation, resizing, and what becomes of them before the network sees them. */
@NullMarked
package org.mask2former.image;

import org.jspecify.annotations.NullMarked;
