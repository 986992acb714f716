package io.bspump.web;

import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.ConnectionTrial;
import io.bspump.NotConnectedException;
import io.bspump.PumpService;
import io.bspump.config.ConfigException;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Suggestion;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The connections that are made and changed through the API: in the pump and in the file at the same time. One change of an id
 * at a time; a change that has begun goes on when who asked for it has gone. Safe for use by many threads.
 */
final class ManagedConnections {

    private static final Logger LOG = LoggerFactory.getLogger(WebService.class);
    private static final String PREFIX = "connection:";

    private final Application app;
    private final PumpService pumps;
    private final StoredConnections store;
    private final WebWork work;
    private final ConnectionMaker maker;
    private final Map<String, Definition> definitions = new ConcurrentHashMap<>();
    private final Set<String> changing = ConcurrentHashMap.newKeySet();

    ManagedConnections(Application app, StoredConnections store, WebWork work) {
        this.app = app;
        this.pumps = app.pumpService();
        this.store = store;
        this.work = work;
        this.maker = new ConnectionMaker(app);
    }

    /** Makes what is stored; gives what keeps it from being made. Blocks. */
    List<ConfigProblem> load() {
        List<ConfigProblem> problems = new ArrayList<>();
        try {
            for (Definition definition : store.load()) {
                load(definition, problems);
            }
        } catch (IOException e) {
            String rule = "this file of the management API " + e.getMessage()
                    + "; mend it, or move it away to start without what is in it";
            problems.add(new ConfigProblem(store.file().toString(), 0, null, null, rule));
        }
        return problems;
    }

    private void load(Definition definition, List<ConfigProblem> problems) {
        String id = definition.id();
        if (app.configuration().hasSection(PREFIX + id) || find(id).isPresent()) {
            LOG.warn(
                    "[{}{}] was made through the management API and now stands in the configuration, which is used",
                    PREFIX,
                    id);
            return;
        }
        try {
            pumps.addConnection(maker.make(definition));
            definitions.put(id, definition);
        } catch (ConfigException e) {
            e.problems()
                    .forEach(problem -> problems.add(new ConfigProblem(
                            store.file().toString(), 0, problem.section(), problem.key(), problem.message())));
        }
    }

    /** What the API was given for a connection; empty if it was not made by it. */
    Optional<Definition> definition(String id) {
        return Optional.ofNullable(definitions.get(id));
    }

    /** Who may change a connection. */
    String managedBy(String id) {
        if (app.configuration().hasSection(PREFIX + id)) {
            return "pipelines.conf"; // also when it has come there by a reload
        }
        if (definitions.containsKey(id)) {
            return "api";
        }
        boolean own =
                pumps.anonymousConnections().stream().anyMatch(each -> each.id().equals(id));
        return own ? "component" : "code";
    }

    Optional<Connection> find(String id) {
        return pumps.connections().stream()
                .filter(each -> each.id().equals(id))
                .findFirst()
                .or(() -> pumps.anonymousConnections().stream()
                        .filter(each -> each.id().equals(id))
                        .findFirst());
    }

    /**
     * Finds one that must be there.
     *
     * @throws ApiError 404
     */
    Connection locate(String id) {
        return find(id).orElseThrow(() -> {
            List<String> ids = pumps.connections().stream().map(Connection::id).toList();
            String hint = Suggestion.nearest(id, ids)
                    .map(near -> ", did you mean '" + near + "'?")
                    .orElse("");
            return new ApiError(404, "not_found", "there is no connection with the id '" + id + "'" + hint);
        });
    }

    /** Creates. */
    Mono<Connection> create(Definition definition) {
        return change(definition.id(), () -> work.call(() -> made(definition)).flatMap(made -> work.call(() -> {
                    store(definition, made);
                    return made;
                })
                .onErrorResume(IOException.class, e -> takeBack(made)
                        .then(Mono.error(() -> notStored("was not made", made.id(), e))))));
    }

    private Connection made(Definition definition) {
        refuseExisting(definition.id());
        Connection made = maker.make(definition);
        pumps.addConnection(made);
        return made;
    }

    /** Nobody shall find after a restart that what was there is gone. */
    private Mono<Void> takeBack(Connection made) {
        return pumps.removeConnection(made.id()).onErrorResume(failed -> {
            LOG.warn("{}", failed.getMessage());
            return Mono.empty();
        });
    }

    private void refuseExisting(String id) {
        if (find(id).isPresent() || app.configuration().hasSection(PREFIX + id)) {
            throw new ApiError(409, "exists", "there is already a connection with the id '" + id + "'").with("id", id);
        }
    }

    /** How a definition that exists becomes another one. */
    @FunctionalInterface
    interface Change {
        Definition of(Definition before, Map<String, Object> shown);
    }

    /** Updates; gives true if there was something to change. */
    Mono<Boolean> update(String id, Change change, boolean dryRun) {
        return change(id, () -> work.call(() -> prepare(id, change)).flatMap(next -> {
            Connection made = next.made();
            if (made == null) {
                return Mono.just(false);
            }
            if (dryRun) {
                pumps.discardConnection(made);
                return Mono.just(true);
            }
            return pumps.updateConnection(made).then(work.call(() -> {
                storeUpdated(next.definition(), made);
                return true;
            }));
        }));
    }

    /** @param made null if nothing changes */
    private record Next(Definition definition, @Nullable Connection made) {}

    private Next prepare(String id, Change change) {
        Connection present = locate(id);
        Definition before = managed(id);
        Definition next = change.of(before, ConnectionView.props(present, before));
        return new Next(next, next.sameAs(before) ? null : maker.make(next));
    }

    private void storeUpdated(Definition definition, Connection made) {
        try {
            store(definition, made);
        } catch (IOException e) {
            definitions.put(definition.id(), definition);
            throw notStored("is updated, but a restart brings the old one back", definition.id(), e);
        }
    }

    /** Validates what would be created; keeps nothing. */
    Mono<Void> check(Definition definition) {
        return work.call(() -> {
                    refuseExisting(definition.id());
                    pumps.discardConnection(maker.make(definition));
                    return definition;
                })
                .then();
    }

    /** Deletes one that nobody refers to. */
    Mono<Void> delete(String id) {
        return change(id, () -> work.call(() -> {
                    locate(id);
                    refuseUsed(id);
                    managed(id);
                    return id;
                })
                .then(pumps.removeConnection(id))
                .onErrorMap(IllegalStateException.class, e -> used(id, e))
                .then(forget(id)));
    }

    /** Deletes as soon as nobody refers to it; completes when that has happened. */
    Mono<Void> drain(String id) {
        return change(id, () -> work.call(() -> {
                    locate(id);
                    managed(id);
                    return id;
                })
                .then(pumps.drainConnection(id))
                .then(forget(id)));
    }

    private Mono<Void> forget(String id) {
        return work.call(() -> {
                    definitions.remove(id);
                    try {
                        store.remove(id);
                    } catch (IOException e) {
                        throw notStored("is deleted, but a restart brings it back", id, e);
                    }
                    return id;
                })
                .then();
    }

    /** Tries what would be created or updated; keeps nothing. */
    Mono<ConnectionTrial> test(Definition definition) {
        return work.call(() -> {
                    Definition before = definitions.get(definition.id());
                    Connection present = find(definition.id()).orElse(null);
                    return maker.make(
                            before == null || present == null
                                    ? definition
                                    : definition.keeping(before, ConnectionView.props(present, before)));
                })
                .flatMap(pumps::tryConnection)
                .onErrorMap(IllegalStateException.class, e -> new ApiError(409, "same_client", message(e)));
    }

    /** Who refers to it, for an answer. */
    private void refuseUsed(String id) {
        if (!pumps.references(id).isEmpty()) {
            throw used(id, null);
        }
    }

    private ApiError used(String id, @Nullable IllegalStateException cause) {
        List<Map<String, Object>> references = new ConnectionView(pumps).references(id);
        if (references.isEmpty() && cause != null) {
            return new ApiError(409, "conflict", message(cause));
        }
        List<Object> referrers =
                references.stream().map(one -> one.getOrDefault("referrer", "")).toList();
        String names = String.join(", ", referrers.stream().map(String::valueOf).toList());
        return new ApiError(
                        409,
                        "in_use",
                        "[" + PREFIX + id + "] is in use by " + names + "; stop them first, or delete with ?drain=true")
                .with("referrers", referrers);
    }

    /**
     * The definition of one that the API may change.
     *
     * @throws ApiError 409 if it is managed elsewhere
     */
    private Definition managed(String id) {
        Definition definition = definitions.get(id);
        String by = managedBy(id);
        if (definition == null || !by.equals("api")) {
            String where = by.equals("pipelines.conf") ? "by pipelines.conf" : "by the pump's " + by;
            throw new ApiError(
                            409, "managed_elsewhere", "[" + PREFIX + id + "] is managed " + where + ", change it there")
                    .with("managedBy", by);
        }
        return definition;
    }

    private void store(Definition definition, Connection made) throws IOException {
        Map<String, Object> shown = ConnectionView.props(made, definition);
        Set<String> secrets = new LinkedHashSet<>();
        definition.props().forEach((key, value) -> {
            if (!value.equals(shown.get(key))) {
                secrets.add(key);
            }
        });
        store.put(definition, secrets);
        definitions.put(definition.id(), definition);
    }

    private ApiError notStored(String what, String id, IOException cause) {
        LOG.error("[{}{}] {}: {} could not be written", PREFIX, id, what, store.file(), cause);
        return new ApiError(
                500, "not_stored", "[" + PREFIX + id + "] " + what + ": the file could not be written: " + cause);
    }

    /** Does one change of an id, and does it to its end. */
    private <T> Mono<T> change(String id, Supplier<Mono<T>> action) {
        return Mono.defer(() -> {
            if (!changing.add(id)) {
                return Mono.error(
                        new ApiError(409, "changing", "[" + PREFIX + id + "] is being changed by another request"));
            }
            Mono<T> whole = Mono.defer(action)
                    .onErrorMap(e -> e instanceof ApiError ? e : refusal(id, e))
                    .doOnTerminate(() -> changing.remove(id)); // before the answer: its receiver may be quick
            return Mono.fromFuture(whole.toFuture(), true);
        });
    }

    private static Throwable refusal(String id, Throwable error) {
        if (error instanceof NotConnectedException) {
            return new ApiError(502, "not_connected", message(error));
        }
        if (error instanceof ConfigException || !(error instanceof IllegalStateException)) {
            return error instanceof IllegalArgumentException
                    ? new ApiError(409, "conflict", message(error)).with("id", id)
                    : error;
        }
        return new ApiError(409, "conflict", message(error));
    }

    private static String message(Throwable error) {
        String message = error.getMessage();
        return message == null ? error.toString() : message;
    }
}
