/** A pump from topic to topic: JSON in, filtered and enriched, JSON out. */
@NullMarked
package io.bspump.samples.kafka2kafka;

import org.jspecify.annotations.NullMarked;
