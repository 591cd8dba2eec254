/** The interpreter of the network on libtorch; the only package that imports {@code org.bytedeco.pytorch}. */
@NullMarked
package org.mask2former.torch;

import org.jspecify.annotations.NullMarked;
