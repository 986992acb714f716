/** The home of the MQTT connector. It has no components yet; the README lists what exists. */
@NullMarked
package io.bspump.mqtt;

import org.jspecify.annotations.NullMarked;
