/** The home of the PostgreSQL connector. It has no components yet; the README lists what exists. */
@NullMarked
package io.bspump.postgresql;

import org.jspecify.annotations.NullMarked;
