/** The command line: puts the parts together. */
@NullMarked
package org.mask2former.cli;

import org.jspecify.annotations.NullMarked;
