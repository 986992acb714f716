package io.bspump.postgresql;

import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.Context;
import io.bspump.ErrorDecision;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.source.IteratorSource;
import io.bspump.test.PipelineTester;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;

/** A sink behind a source that is pushed into, in a pipeline {@code P}. */
final class SinkTester {

    private SinkTester() {}

    /** With the sink's own section, and whatever follows. */
    static PipelineTester of(TestPostgres server, Map<String, String> sink, String... more) {
        return at(server.port(), sink, more);
    }

    static PipelineTester at(int port, Map<String, String> sink, String... more) {
        Map<String, String> config = new HashMap<>(Map.of(
                "host", "127.0.0.1",
                "port", Integer.toString(port),
                "user", TestPostgres.USER,
                "password", TestPostgres.PASSWORD,
                "reconnect_delay", "20ms",
                "reconnect_max_delay", "200ms",
                "linger", "10ms"));
        config.putAll(sink);
        return PipelineTester.setup()
                .keepSinks()
                .configuration(String.join("\n", more))
                .test(app -> new Into(app, config));
    }

    /** The messages of the errors that events had, in their order. */
    static List<String> errors(PipelineTester tester) {
        return ((Into) tester.pipeline())
                .errors.stream().map(Throwable::getMessage).toList();
    }

    static Throwable error(PipelineTester tester) {
        return ((Into) tester.pipeline()).errors.get(0);
    }

    /** The connection that the sink has made for itself. */
    static Connection connection(PipelineTester tester) {
        return ((Into) tester.pipeline())
                .app
                .pumpService()
                .anonymousConnections()
                .get(0);
    }

    private static final class Into extends Pipeline {

        private final Application app;
        private final List<Throwable> errors = new CopyOnWriteArrayList<>();

        Into(Application app, Map<String, String> config) {
            super(app, "P");
            this.app = app;
            build(
                    new IteratorSource<>(app, this, List.of(), "Source", Map.of()),
                    new PostgreSQLSink(app, this, null, null, config));
        }

        @Override
        protected ErrorDecision handleError(Throwable error, Context context, Object event) {
            errors.add(error);
            return super.handleError(error, context, event);
        }
    }

    static void until(PipelineTester tester, Callable<Boolean> condition) {
        Awaitility.await()
                .pollInSameThread()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(2))
                .until(() -> {
                    tester.advance(Duration.ofMillis(10));
                    return condition.call();
                });
    }

    static void untilSettled(PipelineTester tester) {
        until(tester, () -> !tester.settlements().contains(null) || tester.state() == PipelineState.ERROR);
    }
}
