/** Sinks that need no other system. */
@NullMarked
package io.bspump.sink;

import org.jspecify.annotations.NullMarked;
