package io.bspump.postgresql;

import io.bspump.PipelineState;
import io.bspump.test.RecordingSink;
import io.bspump.test.RunningApplication;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** An application of PostgreSQL, whose positions are kept, with sources that lead to recorders. */
final class RunningPump extends RunningApplication {

    /**
     * Makes one that keeps its positions in the directory.
     *
     * @param configuration of it beside {@code [general]}
     */
    RunningPump(Path directory, String configuration) {
        super(directory, "[general]\ndrain_timeout = 1s\nvar_dir = " + directory.resolve("var") + "\n" + configuration);
    }

    /** One with the connection {@code Server}. */
    static RunningPump of(Path directory, TestPostgres server, String configuration) {
        return new RunningPump(
                directory,
                "[connection:Server]\ntype = postgresql\nreconnect_max_delay = 500ms\n" + server.section()
                        + configuration);
    }

    @Override
    public RunningPump start() {
        super.start();
        return this;
    }

    PostgreSQLConnection connection(String id) {
        return (PostgreSQLConnection) app().pumpService().locateConnection(id);
    }

    /** Confirms so many of those that are held. */
    static void confirm(RecordingSink sink, int count) {
        for (int i = 0; i < count; i++) {
            until(sink::confirm); // what is seen is held a moment later
        }
    }

    static void await(RecordingSink sink, int count) {
        until(() -> sink.seen().size() >= count || sink.pipeline().state() == PipelineState.ERROR);
    }

    /** The values of a column. */
    static List<Object> values(RecordingSink sink, String column) {
        return sink.seen().stream()
                .map(each -> ((Map<?, ?>) each.event()).get(column))
                .<Object>map(each -> each)
                .toList();
    }
}
