package io.bspump.lookup;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Where a dictionary comes from. */
interface Origin {

    /**
     * Reads the content, on a thread that may block; empty if the known version is that of today. Errors name this origin.
     *
     * @param known what was read before, or null to read in any case
     */
    Mono<Content> fetch(Content.@Nullable Version known);

    /** Names it for people, without secrets, such as {@code the file 'a.json'}. */
    @Override
    String toString();
}
