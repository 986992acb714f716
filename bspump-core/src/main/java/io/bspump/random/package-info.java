/** A source and processors for tests that need chance. */
@NullMarked
package io.bspump.random;

import org.jspecify.annotations.NullMarked;
