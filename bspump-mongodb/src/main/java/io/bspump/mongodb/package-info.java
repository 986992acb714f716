/** The home of the MongoDB connector. It has no components yet; the README lists what exists. */
@NullMarked
package io.bspump.mongodb;

import org.jspecify.annotations.NullMarked;
