package io.bspump.web;

import io.bspump.Application;
import io.bspump.Component;
import io.bspump.Lookup;
import io.bspump.Pipeline;
import io.bspump.PipelineError;
import io.bspump.PipelineState;
import io.bspump.PumpService;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;

/** {@code /bspump/v1}: the views of the Python framework, with its names. */
final class PumpRoutes {

    private final Application app;
    private final PumpService pumps;

    PumpRoutes(Application app) {
        this.app = app;
        this.pumps = app.pumpService();
    }

    List<Route> routes() {
        return List.of(
                get("/bspump/v1/pipelines", request -> pipelines()),
                get("/bspump/v1/pipelines/{id}", request -> pipeline(request.id())),
                Route.of("POST", "/bspump/v1/pipelines/{id}/resume", Route.Access.RUNNING, this::resume),
                get("/bspump/v1/lookup", request -> lookups()),
                get("/bspump/v1/lookup/{id}/meta", request -> lookup(request.id())),
                get("/bspump/v1/manifest", request -> manifest()));
    }

    private interface View {
        Object of(ApiRequest request);
    }

    private static Route get(String path, View view) {
        return Route.of(
                "GET",
                path,
                Route.Access.LOADED,
                request -> Mono.fromSupplier(() -> Answer.json(200, view.of(request))));
    }

    private Map<String, Object> pipelines() {
        PipelineFigures figures = new PipelineFigures(app.meterRegistry());
        Map<String, Object> all = new LinkedHashMap<>();
        pumps.pipelines().forEach(pipeline -> all.put(pipeline.id(), view(pipeline, figures)));
        return all;
    }

    private Map<String, Object> pipeline(String id) {
        return view(locate(id), new PipelineFigures(app.meterRegistry()));
    }

    private Pipeline locate(String id) {
        return pumps.pipelines().stream()
                .filter(pipeline -> pipeline.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new ApiError(404, "not_found", "there is no pipeline with the id '" + id + "'"));
    }

    private static Map<String, Object> view(Pipeline pipeline, PipelineFigures figures) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("Id", pipeline.id());
        view.put("State", pipeline.state().name());
        view.put("Lanes", pipeline.laneStates().stream().map(Enum::name).toList());
        view.put(
                "Ready",
                pipeline.state() == PipelineState.RUNNING
                        && pipeline.waitingFor().isEmpty());
        view.put("WaitingFor", pipeline.waitingFor().orElse(null));
        view.put("Unsettled", pipeline.unsettled());
        List<Object> sources = new ArrayList<>();
        pipeline.sources().forEach(source -> sources.add(stage(pipeline, source, figures)));
        List<Object> processors = new ArrayList<>();
        pipeline.stages().forEach(stage -> processors.add(stage(pipeline, stage, figures)));
        view.put("Sources", sources);
        view.put("Processors", processors);
        view.put("Metrics", figures.of(pipeline.id()));
        PipelineError error = pipeline.error().orElse(null);
        view.put("Error", error == null ? null : error.stage() + ": " + error.error());
        view.put("ErrorTimestamp", error == null ? null : error.time().toString());
        return view;
    }

    private static Map<String, Object> stage(Pipeline pipeline, Component component, PipelineFigures figures) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("Id", component.id());
        view.put("Class", component.getClass().getName());
        view.put("Metrics", figures.of(pipeline.id(), component.id()));
        return view;
    }

    private Mono<Answer> resume(ApiRequest request) {
        return Mono.fromSupplier(() -> {
            Pipeline pipeline = locate(request.id());
            if (!pipeline.isError()) {
                throw new ApiError(
                        409,
                        "not_stopped",
                        "[pipeline:" + pipeline.id() + "] has not been stopped by an error, its state is "
                                + pipeline.state());
            }
            pipeline.resume();
            return Answer.json(200, view(pipeline, new PipelineFigures(app.meterRegistry())));
        });
    }

    private List<Object> lookups() {
        List<Object> all = new ArrayList<>();
        pumps.lookups().forEach(lookup -> all.add(view(lookup)));
        return all;
    }

    private Map<String, Object> lookup(String id) {
        return pumps.lookups().stream()
                .filter(lookup -> lookup.id().equals(id))
                .findFirst()
                .map(this::view)
                .orElseThrow(() -> new ApiError(404, "not_found", "there is no lookup with the id '" + id + "'"));
    }

    private Map<String, Object> view(Lookup lookup) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("Id", lookup.id());
        view.put("Class", lookup.getClass().getName());
        view.put("Optional", lookup.isOptional());
        view.put("Metrics", PipelineFigures.tagged(app.meterRegistry(), "lookup", lookup.id()));
        return view;
    }

    private static Map<String, Object> manifest() {
        Map<String, Object> manifest = new LinkedHashMap<>();
        manifest.put("bspump", Application.version());
        manifest.put("java", Runtime.version().toString());
        manifest.put(
                "LAUNCHED_AT",
                Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime())
                        .toString());
        return manifest;
    }
}
