/** Aggregation and analysis: stages that make one event of many, and those that look at events as they pass. */
@NullMarked
package io.bspump.aggregation;

import org.jspecify.annotations.NullMarked;
