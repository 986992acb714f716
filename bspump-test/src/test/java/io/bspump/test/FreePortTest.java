package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class FreePortTest {

    @Test
    void isAnotherOneEachTimeOnWhichAServerCanListen() throws IOException {
        int first = FreePort.find();
        int second = FreePort.find();
        assertThat(second).isNotEqualTo(first);
        for (int port : new int[] {first, second}) {
            assertThat(port).isBetween(10_000, 29_999);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                assertThat(socket.getLocalPort()).isEqualTo(port);
            }
        }
    }
}
