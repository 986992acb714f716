package io.bspump.postgresql;

import io.bspump.ConnectionStatus;
import io.bspump.test.RunningApplication;
import java.nio.file.Path;

/** A real application in this JVM. */
final class TestPump extends RunningApplication {

    TestPump(Path directory, String configuration) {
        super(directory, configuration);
    }

    @Override
    public TestPump start() {
        super.start();
        return this;
    }

    PostgreSQLConnection connection() {
        return (PostgreSQLConnection) app().pumpService().locateConnection("Store");
    }

    ConnectionStatus status() {
        return connection().status();
    }

    void untilConnected() {
        until(() -> status().isConnected());
    }

    /** The error of a connection that is not up, once there is one. */
    ConnectionStatus.Failure failure() {
        until(() -> !status().isConnected() && status().lastError() != null);
        return status().lastError();
    }
}
