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
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes pipelines, connections and lookups of a definition in a file, YAML or JSON, in the form of the Python framework:
 *
 * <pre>{@code
 * new PumpBuilder(Path.of("pump.yaml")).constructPump(app);
 * }</pre>
 *
 * <p>What a changed configuration concerns is made again from the definition as it was read at the start, see
 * {@link Application#reload}.
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
        private final @Nullable Path directory;
        private final Values values;
        private final Construction construction;

        Run(Application app, Found found, @Nullable Path directory) {
            this.app = app;
            this.directory = directory;
            this.service = app.pumpService();
            this.found = found;
            this.values = new Values(app.configuration(), found, directory);
            this.construction = new Construction(app, found, values);
        }

        void add(PumpDefinition definition) {
            for (Element each : definition.connections()) {
                connection(each)
                        .ifPresent(made -> guarded(
                                each.line(),
                                each.path(),
                                () -> service.addConnection(made.id(), first(made, run -> run.connection(each)))));
            }
            for (Element each : definition.lookups()) {
                lookup(each)
                        .ifPresent(made -> guarded(
                                each.line(),
                                each.path(),
                                () -> service.addLookup(made.id(), first(made, run -> run.lookup(each)))));
            }
            List<DefinedPipeline> pipelines = new ArrayList<>();
            for (PipelineElement each : definition.pipelines()) {
                guarded(each.line(), each.path(), () -> pipeline(each).ifPresent(pipelines::add));
            }
            if (found.isEmpty()) {
                for (int i = 0; i < pipelines.size(); i++) {
                    DefinedPipeline made = pipelines.get(i);
                    PipelineElement each = definition.pipelines().get(i);
                    guarded(
                            each.line(),
                            each.path(),
                            () -> service.addPipeline(made.id(), first(made, run -> run.pipeline(each))));
                }
            }
        }

        /** Gives what has been made, and from then on what the definition says when the configuration is another one. */
        private <T> BiFunction<Application, String, T> first(T made, Function<Run, Optional<? extends T>> again) {
            AtomicReference<@Nullable T> first = new AtomicReference<>(made);
            return (app, id) -> {
                T ready = first.getAndSet(null);
                if (ready != null) {
                    return ready;
                }
                Run run = new Run(app, new Found(found.place()), directory);
                Optional<? extends T> other = again.apply(run);
                run.found.throwIfAny();
                return other.orElseThrow();
            };
        }

        private Optional<Connection> connection(Element element) {
            return construction.make(Connection.class, element, null, "connection:" + element.name());
        }

        private Optional<Lookup> lookup(Element element) {
            return construction.make(Lookup.class, element, null, "lookup:" + element.name());
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
