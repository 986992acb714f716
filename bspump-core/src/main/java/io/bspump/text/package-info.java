/** Processors between bytes and text. */
@NullMarked
package io.bspump.text;

import org.jspecify.annotations.NullMarked;
