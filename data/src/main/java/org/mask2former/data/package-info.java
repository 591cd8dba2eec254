/** Annotated pictures: reading data sets, verifying them, and measuring predictions against them. */
@NullMarked
package org.mask2former.data;

import org.jspecify.annotations.NullMarked;
