/** The home of the Elasticsearch connector. It has no components yet; the README lists what exists. */
@NullMarked
package io.bspump.elasticsearch;

import org.jspecify.annotations.NullMarked;
