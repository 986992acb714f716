/**
 * MQTT 3.1.1 and 5: {@link io.bspump.mqtt.MQTTConnection}, {@link io.bspump.mqtt.MQTTSource} and {@link
 * io.bspump.mqtt.MQTTSink}.
 */
@NullMarked
package io.bspump.mqtt;

import org.jspecify.annotations.NullMarked;
