package io.bspump.json;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.config.ConfigException;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.Map;
import net.thisptr.jackson.jq.exception.JsonQueryException;
import org.jspecify.annotations.Nullable;

/**
 * Transforms events with a program of jq. What comes out is the first result; none, or null, drops the event. Events are what {@link
 * StdJsonToDictParser} gives, and so is the result. The program is compiled at the start.
 */
public final class JQProcessor extends Processor<Object, Object> {

    public static final Options OPTIONS = Options.of(
            Option.string("query").defaultTo("").doc("The program, such as `{host, ms: (.seconds * 1000)}`."));

    private final JqProgram program;

    /** Creates a processor whose id is {@code JQProcessor}. */
    public JQProcessor(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code JQProcessor}
     * @param config values that go above the class's defaults and below the file
     * @throws ConfigException if the program is none
     */
    public JQProcessor(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        this(app, pipeline, "", id, config);
    }

    /**
     * Creates a processor whose id is {@code JQProcessor}.
     *
     * @throws ConfigException if the program is none
     */
    public JQProcessor(Application app, Pipeline pipeline, String query) {
        this(app, pipeline, query, null, Map.of());
    }

    /**
     * @param query the program, unless the configuration has one
     * @param id the id, or null for {@code JQProcessor}
     * @param config values that go above the class's defaults and below the file
     * @throws ConfigException if the program is none
     */
    public JQProcessor(Application app, Pipeline pipeline, String query, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        String configured = config().get("query");
        program = compile(configured.isEmpty() ? query : configured);
    }

    private JqProgram compile(String query) {
        if (query.isBlank()) {
            throw config().invalid("query", "is required");
        }
        try {
            return new JqProgram(query);
        } catch (JsonQueryException e) {
            throw config().invalid("query", "must be a program of jq (" + e.getMessage() + ")");
        }
    }

    @Override
    protected @Nullable Object process(Context context, Object event) {
        return program.run(event);
    }
}
