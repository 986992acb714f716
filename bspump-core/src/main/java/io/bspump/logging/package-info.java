/** Logback, set up in code from {@code [logging]}; used by the application. */
@NullMarked
package io.bspump.logging;

import org.jspecify.annotations.NullMarked;
