package io.bspump.postgresql;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Stage;
import io.bspump.test.SinkContract;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/** The parts keep the contracts of their kinds. */
class PostgreSQLPartsTest {

    private static TestPostgres server;

    @BeforeAll
    static void start() {
        server = TestPostgres.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Nested
    class Insert extends PostgreSQLSinkContract {
        Insert() {
            super(Map.of("table", "contract", "columns", "v", "batch_size", "7"));
        }
    }

    @Nested
    class Copy extends PostgreSQLSinkContract {
        Copy() {
            super(Map.of("table", "contract", "columns", "v", "mode", "copy"));
        }
    }

    @Nested
    class OwnStatement extends PostgreSQLSinkContract {
        OwnStatement() {
            super(Map.of("statement", "INSERT INTO contract (v) VALUES (:v)"));
        }
    }

    abstract static class PostgreSQLSinkContract extends SinkContract {

        private final Map<String, String> config;

        PostgreSQLSinkContract(Map<String, String> config) {
            this.config = config;
        }

        @BeforeEach
        void create() {
            server.run("DROP TABLE IF EXISTS contract", "CREATE TABLE contract (seq serial, v varchar(20))");
        }

        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            Map<String, String> all = new HashMap<>(config);
            all.put("host", "127.0.0.1:" + server.port());
            all.put("user", TestPostgres.USER);
            all.put("password", TestPostgres.PASSWORD);
            all.put("linger", "20ms");
            return new PostgreSQLSink(app, pipeline, null, null, all);
        }

        @Override
        protected List<?> events() {
            return IntStream.range(0, 30)
                    .mapToObj(i -> Map.of("v", "event " + i))
                    .toList();
        }

        @Override
        protected List<?> received() {
            return server.rows("SELECT v FROM contract ORDER BY seq");
        }

        @Override
        protected Object refused() {
            return Map.of("v", "much longer than it may be");
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(20);
        }
    }
}
