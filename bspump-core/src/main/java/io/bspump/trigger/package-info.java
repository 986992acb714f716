/** What begins the cycles of trigger sources. */
@NullMarked
package io.bspump.trigger;

import org.jspecify.annotations.NullMarked;
