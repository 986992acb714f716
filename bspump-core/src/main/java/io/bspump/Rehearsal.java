package io.bspump;

import io.bspump.config.ConfigException;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Configuration;
import io.bspump.logging.Logging;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tries out a configuration that was read anew: makes what would be other than it is, as the start would, and finds what is
 * wrong with it, while everything goes on as before. The thread that does this sees the new things in place of the present
 * ones; nobody else does. Used once, by one thread.
 */
final class Rehearsal {

    private static final String CONNECTION = "connection:";
    private static final String LOOKUP = "lookup:";
    private static final String PIPELINE = "pipeline:";

    /** Sections whose holders do not keep what they read. */
    private static final Set<String> READ_AT_ONCE = Set.of("logging", "logging:file", "secrets");

    private final Application app;
    private final Launcher launcher;
    private final Configuration current;
    private final Configuration next;
    private final Set<String> affected;
    private final Set<ConfigProblem> problems = new LinkedHashSet<>();
    private final Set<String> stay = new LinkedHashSet<>();
    private final Set<String> claimedAnew = new HashSet<>();

    final Part<ConnectionSlot> connections;
    final Part<LookupRun> lookups;
    final Part<PipelineRun> pipelines;

    /** Things of one kind by their ids, as they are and as they would be. */
    record Part<R>(Registry<R> registry, Map<String, R> now, Map<String, R> then) {
        static <R> Part<R> of(Registry<R> registry) {
            return new Part<>(registry, registry.byId(), registry.byId());
        }

        /** Those that another one would stand in for, with it. */
        Map<R, R> changed() {
            Map<R, R> changed = new LinkedHashMap<>();
            now.forEach((id, thing) -> {
                R other = then.get(id);
                if (other != null && other != thing) {
                    changed.put(thing, other);
                }
            });
            return changed;
        }

        Map<String, R> added() {
            Map<String, R> added = new LinkedHashMap<>(then);
            added.keySet().removeAll(now.keySet());
            return added;
        }

        Map<String, R> removed() {
            Map<String, R> removed = new LinkedHashMap<>(now);
            removed.keySet().removeAll(then.keySet());
            return removed;
        }

        private boolean goesOn(String id) {
            return now.containsKey(id) && now.get(id) == then.get(id);
        }
    }

    /**
     * Begins.
     *
     * @param affected the sections of which the holders have other values than they would get
     */
    Rehearsal(Application app, Launcher launcher, Configuration current, Configuration next, Set<String> affected) {
        this.app = app;
        this.launcher = launcher;
        this.current = current;
        this.next = next;
        this.affected = affected;
        PumpService service = app.pumpService();
        this.connections = Part.of(service.slots().registry());
        this.lookups = Part.of(service.lookupRuns().registry());
        this.pipelines = Part.of(service.runs().registry());
    }

    /** Everything that is wrong; what has been made then is given up. */
    List<ConfigProblem> problems() {
        launcher.rehearse(next);
        connections.registry().rehearse(connections.then());
        lookups.registry().rehearse(lookups.then());
        pipelines.registry().rehearse(pipelines.then());
        try {
            make();
            claim();
            check();
        } finally {
            pipelines.registry().endRehearsal();
            lookups.registry().endRehearsal();
            connections.registry().endRehearsal();
            launcher.endRehearsal();
        }
        if (!problems.isEmpty()) {
            connections.then().values().stream()
                    .filter(slot -> !connections.now().containsValue(slot))
                    .forEach(slot -> slot.close().subscribe());
        }
        return List.copyOf(problems);
    }

    /** The sections of those that would be other ones but cannot be made again. */
    Set<String> stay() {
        return stay;
    }

    /** Whether something that has been made anew read the section. */
    boolean isClaimedAnew(String section) {
        return claimedAnew.contains(section);
    }

    private void make() {
        PumpService service = app.pumpService();
        connections.now().forEach((id, slot) -> {
            // What its section makes is made like a new one, or not at all.
            if (slot.maker().isBySection() && (isAffected(CONNECTION + id) || !namesType(id))) {
                connections.then().remove(id);
            }
        });
        makeAgain(
                connections,
                CONNECTION,
                slot -> isAffected(CONNECTION + slot.current().id())
                        && !slot.maker().isBySection(),
                ConnectionSlot::maker,
                Connection::id,
                (made, maker) -> service.slots().slot(made, maker));
        makeAgain(
                lookups,
                LOOKUP,
                run -> isAffected(LOOKUP + run.lookup().id()),
                LookupRun::maker,
                Lookup::id,
                (made, maker) -> service.lookupRuns().run(made, maker));
        makeAgain(
                pipelines,
                PIPELINE,
                run -> isAffected(run.pipeline()),
                PipelineRun::maker,
                Pipeline::id,
                (made, maker) -> service.runs().run(made, maker));
    }

    private boolean namesType(String id) {
        return next.peek(CONNECTION + id, "type")
                .filter(type -> !type.isBlank())
                .isPresent();
    }

    private boolean isAffected(String section) {
        return affected.contains(section);
    }

    private boolean isAffected(Pipeline pipeline) {
        String section = PIPELINE + pipeline.id();
        return isAffected(section)
                || affected.stream().anyMatch(each -> each.startsWith(section + ":"))
                || triggers(pipeline).stream().anyMatch(this::isAffected);
    }

    private static List<String> triggers(Pipeline pipeline) {
        List<String> sections = new ArrayList<>();
        for (Source<?> source : pipeline.sources()) {
            if (source instanceof TriggerSource<?> cyclic) {
                cyclic.triggers()
                        .forEach(trigger -> sections.add(trigger.config().name()));
            }
        }
        return sections;
    }

    private <T, R> void makeAgain(
            Part<R> part,
            String prefix,
            Predicate<R> concerned,
            Function<R, Maker<T>> makers,
            Function<T, String> ids,
            BiFunction<T, Maker<T>, R> registered) {
        part.now().forEach((id, thing) -> {
            if (concerned.test(thing)) {
                Maker<T> maker = makers.apply(thing);
                T made = attempt(prefix + id, () -> maker.make(app));
                if (made != null && ids.apply(made).equals(id)) {
                    R instead = attempt(prefix + id, () -> registered.apply(made, maker));
                    if (instead != null) {
                        part.then().put(id, instead);
                    }
                } else if (made != null) {
                    problem(
                            prefix + id,
                            "must keep its id when it is made again, was made as '" + ids.apply(made) + "'");
                }
            }
        });
    }

    private <T> @Nullable T attempt(String section, Supplier<T> made) {
        try {
            return made.get();
        } catch (Maker.NotAlikeException e) {
            stay.add(section);
        } catch (ConfigException e) {
            problems.addAll(e.problems());
        } catch (RuntimeException e) {
            problem(section, "cannot be made again: " + next.masked(Lookups.text(e)));
        }
        return null;
    }

    private void problem(String section, String message) {
        problems.add(new ConfigProblem(null, 0, section, null, message));
    }

    /** Lets the new configuration know who goes on with what it has, and what else may stand in the files. */
    private void claim() {
        claimedAnew.addAll(next.claimedSections());
        Predicate<String> goesOn = section -> {
            Part<?> part = part(section);
            return part == null
                    ? !claimedAnew.contains(section) && !READ_AT_ONCE.contains(section)
                    : part.goesOn(id(section));
        };
        next.takeOver(current, goesOn);
        next.remember(current, section -> {
            Part<?> part = part(section);
            return part != null && !part.now().containsKey(id(section));
        });
    }

    /** Lets the new configuration know of those who have come while this was going on. */
    void takeOverLatecomers() {
        next.takeOver(current, section -> {
            Part<?> part = part(section);
            String id = id(section);
            return part != null
                    && !part.now().containsKey(id)
                    && !part.then().containsKey(id)
                    && part.registry().find(id).isPresent();
        });
    }

    private @Nullable Part<?> part(String section) {
        if (section.startsWith(CONNECTION)) {
            return connections;
        }
        if (section.startsWith(LOOKUP)) {
            return lookups;
        }
        return section.startsWith(PIPELINE) ? pipelines : null;
    }

    /** The id in the name of a section, of which that of a pipeline ends before the next colon. */
    private static String id(String section) {
        String rest = section.substring(section.indexOf(':') + 1);
        int colon = section.startsWith(PIPELINE) ? rest.indexOf(':') : -1;
        return colon < 0 ? rest : rest.substring(0, colon);
    }

    private void check() {
        problems.addAll(Logging.check(next));
        try {
            for (ConfigProblem problem : launcher.problemsBetween()) {
                problems.add(next.placed(problem));
            }
        } catch (ConfigException e) {
            problems.addAll(e.problems());
        }
        pipelines.changed().values().forEach(run -> app.pumpService()
                .runs()
                .circle(run.pipeline())
                .ifPresent(path -> problem(PIPELINE + run.pipeline().id(), path)));
        checkReferences();
        List<ConfigProblem> first = new ArrayList<>(next.problems());
        first.addAll(problems);
        first.addAll(next.checkUnused());
        problems.clear();
        problems.addAll(first);
    }

    /** Those who are no parts of pipelines go on with what they refer to, so it has to be there. */
    private void checkReferences() {
        Set<ConnectionReference<?>> ofPipelines = Collections.newSetFromMap(new IdentityHashMap<>());
        pipelines.now().values().stream()
                .flatMap(run -> run.pipeline().lanes().all().stream())
                .flatMap(lane -> lane.components().stream())
                .forEach(component -> ofPipelines.addAll(component.references()));
        connections.now().forEach((id, slot) -> {
            ConnectionSlot then = connections.then().get(id);
            for (ConnectionReference<?> reference : slot.references()) {
                if (ofPipelines.contains(reference)) {
                    continue;
                }
                if (then == null) {
                    problem(CONNECTION + id, "must stay, it is in use by " + reference.referrer());
                } else if (!reference.accepts(then.current())) {
                    problem(CONNECTION + id, "must be a " + reference.needs() + " for " + reference.referrer());
                }
            }
        });
    }
}
