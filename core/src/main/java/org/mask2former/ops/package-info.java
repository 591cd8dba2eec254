/** The tensor operations the network is written in, and the interpreters that need no engine. */
@NullMarked
package org.mask2former.ops;

import org.jspecify.annotations.NullMarked;
