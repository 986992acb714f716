/** Measurements. Never published. */
@NullMarked
package io.bspump.benchmarks;

import org.jspecify.annotations.NullMarked;
