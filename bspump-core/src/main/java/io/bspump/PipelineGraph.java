package io.bspump;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which pipeline feeds which, by their ids. */
final class PipelineGraph {

    private final Map<String, Set<String>> targets = new LinkedHashMap<>();

    PipelineGraph(Collection<? extends Pipeline> pipelines) {
        pipelines.forEach(pipeline -> pipeline.lanes().all().forEach(this::add));
    }

    private void add(Pipeline pipeline) {
        String id = pipeline.id();
        for (Stage<?, ?> stage : pipeline.routingStages()) {
            stage.targets().forEach(address -> add(id, pipelineOf(address)));
        }
        for (Source<?> source : pipeline.sources()) {
            source.feeders().forEach(address -> add(pipelineOf(address), id));
        }
    }

    void add(String from, String to) {
        targets.computeIfAbsent(from, id -> new LinkedHashSet<>()).add(to);
    }

    /** Returns the id of the pipeline in an address. */
    static String pipelineOf(String address) {
        int dot = address.indexOf('.');
        return dot < 0 ? address : address.substring(0, dot);
    }

    /** Returns those that feed the pipeline directly. */
    List<String> feedersOf(String id) {
        return targets.entrySet().stream()
                .filter(entry -> entry.getValue().contains(id))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Returns the circle that leads from the pipeline to itself, as {@code A -> B -> A}. */
    Optional<String> circleThrough(String id) {
        Deque<String> path = new ArrayDeque<>();
        path.add(id);
        return leadsTo(id, id, path, new LinkedHashSet<>()) ? Optional.of(String.join(" -> ", path)) : Optional.empty();
    }

    private boolean leadsTo(String from, String to, Deque<String> path, Set<String> seen) {
        for (String target : targets.getOrDefault(from, Set.of())) {
            path.add(target);
            if (target.equals(to) || (seen.add(target) && leadsTo(target, to, path, seen))) {
                return true;
            }
            path.removeLast();
        }
        return false;
    }
}
