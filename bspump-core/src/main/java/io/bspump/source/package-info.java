/** Sources that need no other system. */
@NullMarked
package io.bspump.source;

import org.jspecify.annotations.NullMarked;
