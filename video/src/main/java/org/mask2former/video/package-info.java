/** Films: reading them, segmenting them frame by frame, and writing them; the only package that imports FFmpeg. */
@NullMarked
package org.mask2former.video;

import org.jspecify.annotations.NullMarked;
