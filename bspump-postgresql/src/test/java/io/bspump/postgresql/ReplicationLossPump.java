package io.bspump.postgresql;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Sink;
import io.bspump.json.JsonWriter;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The pump of the loss test of replication: from a slot to the lines of a file, which it appends to. */
public final class ReplicationLossPump {

    private ReplicationLossPump() {}

    /**
     * Runs it.
     *
     * @param args the file, then those of the application
     */
    public static void main(String[] args) throws IOException {
        Application app = new Application(java.util.Arrays.copyOfRange(args, 1, args.length));
        app.pumpService().addPipeline(new Relay(app, args[0]));
        System.exit(app.run());
    }

    private static final class Relay extends Pipeline {

        Relay(Application app, String file) throws IOException {
            super(app, "Relay");
            build(new PostgreSQLLogicalReplicationSource(app, this, "Server"), new Appender(app, this, file));
        }
    }

    /** Hands each line to the system before it confirms it, so that a kill of the process does not lose it. */
    private static final class Appender extends Sink<Map<String, @Nullable Object>> {

        private final OutputStream out;
        private final JsonWriter json = new JsonWriter();

        Appender(Application app, Pipeline pipeline, String file) throws IOException {
            super(app, pipeline);
            out = new FileOutputStream(file, true);
        }

        @Override
        protected Mono<Void> process(Context context, Map<String, @Nullable Object> event) {
            byte[] line = json.write(event);
            byte[] whole = java.util.Arrays.copyOf(line, line.length + 1);
            whole[line.length] = '\n';
            try {
                out.write(whole);
                return Mono.empty();
            } catch (IOException e) {
                return Mono.error(e);
            }
        }
    }
}
