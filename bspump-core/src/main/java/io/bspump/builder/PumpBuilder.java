package io.bspump.builder;

import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.Lookup;
import io.bspump.PumpService;
import io.bspump.builder.PumpDefinition.PipelineElement;
import io.bspump.config.ConfigException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes pipelines, connections and lookups of a definition in a file, YAML or JSON, in the form of the Python framework:
 *
 * <pre>{@code
 * new PumpBuilder(Path.of("pump.yaml")).constructPump(app);
 * }</pre>
 *
 * <p>Immutable; {@link #constructPump} may be called for several applications.
 */
public final class PumpBuilder {

    private final Path file;

    /**
     * @param file that ends with {@code .yaml}, {@code .yml} or {@code .json}; read by {@link #constructPump}
     */
    public PumpBuilder(Path file) {
        this.file = file;
    }

    /**
     * Makes everything and adds it to the application: connections first, then lookups, then pipelines.
     *
     * @throws ConfigException with everything that is wrong. When the form of the definition is wrong, nothing has been
     *     made; when a value or a constructor's answer is, connections and lookups may have been added, but no pipeline.
     */
    public void constructPump(Application app) {
        Found found = new Found(place());
        Node root = new DefinitionFile(file, found).read();
        if (root != null) {
            PumpDefinition definition = new Shape(found).definition(root);
            if (found.isEmpty()) {
                new Run(app, found, file.toAbsolutePath().getParent()).add(definition);
            }
        }
        found.throwIfAny();
    }

    private String place() {
        Path here = Path.of("").toAbsolutePath();
        Path absolute = file.toAbsolutePath().normalize();
        return (absolute.startsWith(here) ? here.relativize(absolute) : absolute).toString();
    }

    /** The making for one application. */
    private static final class Run {

        private final Application app;
        private final PumpService service;
        private final Found found;
        private final Values values;
        private final Construction construction;

        Run(Application app, Found found, @Nullable Path directory) {
            this.app = app;
            this.service = app.pumpService();
            this.found = found;
            this.values = new Values(app.configuration(), found, directory);
            this.construction = new Construction(app, found, values);
        }

        void add(PumpDefinition definition) {
            for (Element each : definition.connections()) {
                construction
                        .make(Connection.class, each, null, "connection:" + each.name())
                        .ifPresent(made -> guarded(each.line(), each.path(), () -> service.addConnection(made)));
            }
            for (Element each : definition.lookups()) {
                construction
                        .make(Lookup.class, each, null, "lookup:" + each.name())
                        .ifPresent(made -> guarded(each.line(), each.path(), () -> service.addLookup(made)));
            }
            List<DefinedPipeline> pipelines = new ArrayList<>();
            for (PipelineElement each : definition.pipelines()) {
                guarded(each.line(), each.path(), () -> pipeline(each).ifPresent(pipelines::add));
            }
            if (found.isEmpty()) {
                for (int i = 0; i < pipelines.size(); i++) {
                    DefinedPipeline made = pipelines.get(i);
                    PipelineElement each = definition.pipelines().get(i);
                    guarded(each.line(), each.path(), () -> service.addPipeline(made));
                }
            }
        }

        private Optional<DefinedPipeline> pipeline(PipelineElement element) {
            Optional<Map<String, Object>> config =
                    values.config(element.path(), "pipeline:" + element.id(), element.config());
            return config.map(given -> new DefinedPipeline(app, element, given, construction, found))
                    .filter(DefinedPipeline::isBuilt);
        }

        /** Records what the application refuses, with the place. */
        private void guarded(int line, String path, Runnable work) {
            try {
                work.run();
            } catch (RuntimeException e) {
                construction.failed(line, path, e);
            }
        }
    }
}
