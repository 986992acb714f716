package io.bspump;

import java.time.Instant;

/**
 * One change in the life of a {@link Connection}.
 *
 * @param at when
 * @param from where it stood
 * @param to where it stands from then on
 * @param cause why, without secrets
 */
public record ConnectionEvent(Instant at, ConnectionState from, ConnectionState to, String cause) {}
