package io.bspump;

import java.time.Duration;

/**
 * What closes a batch, whichever comes first.
 *
 * @param events so many events
 * @param bytes so many bytes, as far as the size of events is known
 * @param linger how long the first event may wait for others
 */
public record BatchLimits(int events, long bytes, Duration linger) {}
