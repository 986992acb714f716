/** The home of the Apache Kafka connector. It has no components yet; the README lists what exists. */
@NullMarked
package io.bspump.kafka;

import org.jspecify.annotations.NullMarked;
