/** Processors that read and write JSON. */
@NullMarked
package io.bspump.json;

import org.jspecify.annotations.NullMarked;
