/** Checkpoints in every published form, and the hub they come from. */
@NullMarked
package org.mask2former.checkpoint;

import org.jspecify.annotations.NullMarked;
