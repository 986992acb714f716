/**
 * Apache Kafka: {@link io.bspump.kafka.KafkaConnection}, {@link io.bspump.kafka.KafkaSource} and {@link
 * io.bspump.kafka.KafkaSink}.
 *
 * <p>Delivery is at least once: a source commits an offset when all events before it have settled, a sink confirms an event
 * when the broker has confirmed its record.
 */
@NullMarked
package io.bspump.kafka;

import org.jspecify.annotations.NullMarked;
