/** A pump across systems: the figures of the machine it runs on, by MQTT. */
@NullMarked
package io.bspump.samples.telemetry;

import org.jspecify.annotations.NullMarked;
