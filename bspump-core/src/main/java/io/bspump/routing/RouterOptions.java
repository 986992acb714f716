package io.bspump.routing;

import io.bspump.config.Option;

/** Options that routing parts have in common. */
final class RouterOptions {

    static final Option TARGETS = Option.list("targets")
            .defaultTo("")
            .doc("The sources that events may be sent to: `P.*Source`, or the id of a pipeline for its first source.");

    static final Option COPY_EVENT = Option.bool("copy_event")
            .defaultTo(true)
            .doc("Whether the other pipeline gets its own copy of maps, lists, sets and arrays, deeply;"
                    + " other objects are shared.");

    static final Option KEY = Option.string("key")
            .defaultTo("")
            .doc(
                    "The name of the value, in the event if it is a map, else in the context, that says where to send it.");

    static final Option ROUTES = Option.string("routes")
            .defaultTo("")
            .doc("Where events go by their key: `gold: Gold.*InternalSource, silver: Silver`.");

    static final Option DEFAULT =
            Option.string("default").defaultTo("").doc("Where events go that none of `routes` is for.");

    private RouterOptions() {}
}
