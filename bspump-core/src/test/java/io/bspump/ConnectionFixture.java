package io.bspump;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.slf4j.LoggerFactory;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A connection and a far end that a test plays, in virtual time and on one thread. */
abstract class ConnectionFixture {

    static final Map<String, Object> STEADY = Map.of("reconnect_jitter", 0);

    final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    final Application app = new Application(time, time);
    final Logger logger = (Logger) LoggerFactory.getLogger(Connection.class);
    final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        logger.setLevel(Level.DEBUG);
        logger.setAdditive(false);
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void forget() {
        logger.detachAppender(log);
        logger.setLevel(null);
        logger.setAdditive(true);
        time.dispose();
    }

    FakeConnection connection() {
        return new FakeConnection(app, "C", STEADY);
    }

    FakeConnection connection(Map<String, ?> config) {
        Map<String, Object> all = new LinkedHashMap<>(STEADY);
        all.putAll(config);
        return new FakeConnection(app, "C", all);
    }

    void pass(Duration duration) {
        time.advanceTimeBy(duration);
    }

    void passMillis(long millis) {
        pass(Duration.ofMillis(millis));
    }

    List<String> logged(Level level) {
        return log.list.stream()
                .filter(event -> event.getLevel() == level)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    static List<ConnectionState> states(Connection connection) {
        return connection.history().stream().map(ConnectionEvent::to).toList();
    }
}
