/** What a prediction means: semantic, instance and panoptic segmentation, and how they are written down. */
@NullMarked
package org.mask2former.result;

import org.jspecify.annotations.NullMarked;
