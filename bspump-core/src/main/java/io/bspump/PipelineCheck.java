package io.bspump;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What must hold of the parts of a pipeline. */
final class PipelineCheck {

    private final Pipeline pipeline;

    PipelineCheck(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    void check(List<Source<?>> sources, List<Stage<?, ?>> stages) {
        require(!sources.isEmpty(), "needs a source");
        shape(stages);
        List<Component> all = new ArrayList<>(sources);
        stages.forEach(stage -> Pipeline.addWithSinks(all, stage));
        ids(all);
        for (Source<?> source : sources) {
            types(source.address(), StageTypes.ofEvents(source), stages);
        }
    }

    /** Checks stages that come behind events of a known type. */
    void check(Class<?> input, List<Stage<?, ?>> stages) {
        shape(stages);
        List<Component> all = new ArrayList<>(pipeline.components());
        stages.forEach(stage -> Pipeline.addWithSinks(all, stage));
        ids(all);
        types("dead letters", input, stages);
    }

    private void shape(List<Stage<?, ?>> stages) {
        require(!stages.isEmpty(), "needs a sink");
        int last = stages.size() - 1;
        require(
                stages.get(last).isSink(),
                "must end with a sink, but ends with '" + stages.get(last).id() + "'");
        for (Stage<?, ?> stage : stages.subList(0, last)) {
            require(!stage.isSink(), "has the sink '" + stage.id() + "' before its end");
        }
    }

    private void ids(List<Component> components) {
        Set<String> seen = new HashSet<>();
        for (Component component : components) {
            require(
                    component.pipeline() == pipeline,
                    "got '" + component.id() + "', which was made for the pipeline '" + component.pipeline() + "'");
            require(
                    seen.add(component.id()),
                    "has two components with the id '" + component.id() + "'; give one of them another id");
        }
    }

    private void types(String from, @Nullable Class<?> input, List<Stage<?, ?>> stages) {
        String before = from;
        Class<?> type = input;
        for (Stage<?, ?> stage : stages) {
            type = types(before, type, stage);
            before = stage.address();
        }
    }

    private @Nullable Class<?> types(String before, @Nullable Class<?> type, Stage<?, ?> stage) {
        Class<?> taken = stage.types().input();
        require(
                StageTypes.fit(type, taken),
                "does not fit together: " + before + " gives " + name(type) + ", " + stage.address() + " takes "
                        + name(taken));
        if (stage instanceof ConditionalSinks<?> choice) {
            choice.sinks().forEach(sink -> types(before, type, sink));
        }
        return stage.types().output();
    }

    private static String name(@Nullable Class<?> type) {
        return type == null ? "an unknown type" : type.getSimpleName();
    }

    private void require(boolean condition, String rule) {
        if (!condition) {
            throw new IllegalArgumentException("[pipeline:" + pipeline.id() + "] " + rule);
        }
    }
}
