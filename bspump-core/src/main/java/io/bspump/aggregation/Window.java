package io.bspump.aggregation;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Of which events a result was made. One window may have several results, which are to be added up: partial ones, one for
 * each late event, and one more if events came after it had been closed because none had come for a while.
 *
 * @param key what the events have in common
 * @param start the time at which it begins; of a session, the time of its first event
 * @param end the time before which it ends; of a session, the time of its last event
 * @param events how many events the result was made of
 * @param partial whether it was closed before it was complete: for want of room in flight, or because the pipeline stopped
 * @param late whether it is of one event that came after its window had been closed
 */
public record Window(@Nullable Object key, Instant start, Instant end, int events, boolean partial, boolean late) {}
