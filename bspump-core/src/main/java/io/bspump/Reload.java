package io.bspump;

import io.bspump.ReloadReport.Item;
import io.bspump.ReloadReport.Outcome;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Configuration;
import io.bspump.config.ConfigurationChange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** One reload: reads the configuration, tries it out, and puts into effect what is different. Used once. */
final class Reload {

    private static final String CONNECTION = "connection:";
    private static final String LOOKUP = "lookup:";
    private static final String PIPELINE = "pipeline:";

    private final Launcher launcher;
    private final PumpService service;
    private final Configuration current;
    private final Configuration next;
    private final ConfigurationChange change;
    private final Rehearsal rehearsal;
    private final Queue<Item> items = new ConcurrentLinkedQueue<>();

    /** Reads the files; may block. */
    Reload(Application app, Launcher launcher) {
        this.launcher = launcher;
        this.service = app.pumpService();
        this.current = launcher.configuration();
        this.next = launcher.load();
        this.change = next.changeFrom(current);
        this.rehearsal =
                new Rehearsal(app, launcher, current, next, change.affected().keySet());
    }

    /** Does the rest; called on a thread that may block, completes on any. */
    Mono<ReloadReport> run() {
        List<ConfigProblem> problems = rehearsal.problems();
        if (!problems.isEmpty()) {
            return Mono.just(report(problems));
        }
        launcher.accept(next);
        rehearsal.takeOverLatecomers();
        tellWhatNeedsNothing();
        Map<String, ConnectionSlot> later = new LinkedHashMap<>(rehearsal.connections.added());
        later.values().removeIf(slot -> !takesOver(slot));
        rehearsal.connections.added().forEach((id, slot) -> {
            if (!later.containsKey(id)) {
                add(id, slot);
            }
        });
        Mono<Void> between = Flux.fromIterable(rehearsal.connections.removed().keySet())
                .flatMap(this::remove)
                .then(Mono.fromRunnable(() -> later.forEach(this::add)));
        return Flux.merge(updateConnections(), replaceLookups())
                .then(replacePipelines(between))
                .then(Mono.fromSupplier(() -> report(List.of())));
    }

    private ReloadReport report(List<ConfigProblem> problems) {
        List<Item> sorted = new ArrayList<>(items);
        sorted.sort(Comparator.comparing(Item::section));
        return new ReloadReport(
                List.copyOf(change.added()),
                List.copyOf(change.changed()),
                List.copyOf(change.removed()),
                sorted,
                problems);
    }

    private void done(String section, Outcome outcome) {
        items.add(new Item(section, outcome, ""));
    }

    private void kept(String section, Throwable reason) {
        items.add(new Item(section, Outcome.KEPT, next.masked(Lookups.text(reason))));
    }

    // What is in effect already, or will be after a restart

    private void tellWhatNeedsNothing() {
        rehearsal
                .stay()
                .forEach(section -> items.add(new Item(
                        section,
                        Outcome.RESTART,
                        "it was added as an instance that cannot be made again; add it with a factory")));
        Set<String> different = new TreeSet<>(change.affected().keySet());
        different.addAll(change.added());
        different.addAll(change.removed());
        different.addAll(change.changed());
        Set<String> heldFurther = current.claimedSections();
        for (String section : different) {
            if (section.equals("logging") || section.equals("logging:file")) {
                done(section, Outcome.APPLIED);
            } else if (heldFurther.contains(section) && !isOfAPart(section)) {
                tellKeys(section);
            }
        }
    }

    private static boolean isOfAPart(String section) {
        return section.startsWith(CONNECTION) || section.startsWith(LOOKUP) || section.startsWith(PIPELINE);
    }

    private void tellKeys(String section) {
        Set<String> keys = new TreeSet<>(change.affected().getOrDefault(section, Set.of()));
        if (section.equals("general")) {
            keys.remove("include"); // has been followed
        }
        if (!keys.isEmpty() && !rehearsal.isClaimedAnew(section)) {
            items.add(new Item(section, Outcome.RESTART, String.join(", ", keys)));
        }
    }

    // Connections

    /** Whether one that goes is the same client for the far end, so that both must not be up at a time. */
    private boolean takesOver(ConnectionSlot added) {
        Optional<String> identity = added.current().identified();
        return identity.isPresent()
                && rehearsal.connections.removed().values().stream()
                        .anyMatch(slot -> slot.current().identified().equals(identity));
    }

    private void add(String id, ConnectionSlot slot) {
        try {
            service.slots().registry().add(id, slot);
            done(CONNECTION + id, Outcome.ADDED);
        } catch (RuntimeException e) {
            kept(CONNECTION + id, e);
        }
    }

    private Mono<Void> remove(String id) {
        return service.slots()
                .remove(id)
                .doOnSuccess(nothing -> done(CONNECTION + id, Outcome.REMOVED))
                .doOnError(e -> kept(CONNECTION + id, e))
                .onErrorComplete();
    }

    private Flux<Void> updateConnections() {
        return Flux.fromIterable(rehearsal.connections.changed().entrySet()).flatMap(entry -> {
            Connection connection = entry.getValue().current();
            String section = CONNECTION + connection.id();
            return entry.getKey()
                    .update(connection)
                    .doOnSuccess(nothing -> done(section, Outcome.UPDATED))
                    .doOnError(e -> {
                        next.retain(current, section);
                        kept(section, e);
                    })
                    .onErrorComplete();
        });
    }

    // Lookups

    private Flux<Void> replaceLookups() {
        return Flux.fromIterable(rehearsal.lookups.changed().entrySet()).flatMap(entry -> {
            String section = LOOKUP + entry.getValue().lookup().id();
            return service.lookupRuns()
                    .replace(entry.getKey(), entry.getValue())
                    .doOnSuccess(nothing -> done(section, Outcome.UPDATED))
                    .doOnError(e -> {
                        next.retain(current, section);
                        if (e instanceof Maker.NotAlikeException) {
                            items.add(new Item(section, Outcome.RESTART, ""));
                        } else {
                            kept(section, e);
                        }
                    })
                    .onErrorComplete();
        });
    }

    // Pipelines

    private Mono<Void> replacePipelines(Mono<Void> between) {
        Map<PipelineRun, PipelineRun> changed = rehearsal.pipelines.changed();
        return service.runs()
                .replace(changed, between)
                .doOnNext(removed -> changed.keySet().forEach(run -> {
                    String id = run.pipeline().id();
                    if (removed.contains(id)) {
                        kept(PIPELINE + id, new IllegalStateException("it has been removed meanwhile"));
                    } else {
                        done(PIPELINE + id, Outcome.REBUILT);
                    }
                }))
                .then();
    }
}
