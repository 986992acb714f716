/** Processors that drop events, or fields of events. */
@NullMarked
package io.bspump.filter;

import org.jspecify.annotations.NullMarked;
