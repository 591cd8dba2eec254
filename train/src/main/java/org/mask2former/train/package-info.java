/** Training: matching of predictions to annotations, and the losses. */
@NullMarked
package org.mask2former.train;

import org.jspecify.annotations.NullMarked;
