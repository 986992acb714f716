/** Processors and generators for events that are maps or lists: their fields, keys, values and elements. */
@NullMarked
package io.bspump.mapping;

import org.jspecify.annotations.NullMarked;
