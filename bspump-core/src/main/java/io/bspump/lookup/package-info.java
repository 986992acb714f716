/** Lookups, and the processors that add what they find to events. */
@NullMarked
package io.bspump.lookup;

import org.jspecify.annotations.NullMarked;
