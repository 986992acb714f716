package io.bspump.benchmarks;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The command-line clients {@code mosquitto_pub} and {@code mosquitto_sub}, where they are installed. */
final class MosquittoTools {

    private final int port;

    MosquittoTools(int port) {
        this.port = port;
    }

    static boolean areInstalled() {
        return List.of("mosquitto_pub", "mosquitto_sub").stream()
                .allMatch(tool -> Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(directory -> Files.isExecutable(Path.of(directory, tool))));
    }

    private Process start(String tool, String... arguments) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(tool, "-h", "127.0.0.1", "-p", Integer.toString(port), "-V", "mqttv5");
        builder.command().addAll(List.of(arguments));
        return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    /** Publishes messages of letters; returns the nanoseconds until the client has ended. */
    long publish(String topic, int qos, int messages, int size) throws IOException, InterruptedException {
        byte[] line = new byte[size + 1];
        Arrays.fill(line, (byte) 'x');
        line[size] = '\n';
        long begin = System.nanoTime();
        Process client = start("mosquitto_pub", "-l", "-t", topic, "-q", Integer.toString(qos));
        try (OutputStream out = new BufferedOutputStream(client.getOutputStream(), 1 << 16)) {
            for (int i = 0; i < messages; i++) {
                out.write(line);
            }
        }
        int code = client.waitFor();
        if (code != 0) {
            throw new IllegalStateException("mosquitto_pub ended with " + code);
        }
        return System.nanoTime() - begin;
    }

    /** Takes over the session of a client and tells of each message that comes, until there were so many. */
    Process subscribe(String clientId, String filter, int qos, int messages, Runnable arrived) throws IOException {
        Process client = start(
                "mosquitto_sub",
                "-i",
                clientId,
                "-c",
                "-x",
                "3600",
                "-t",
                filter,
                "-q",
                Integer.toString(qos),
                "-C",
                Integer.toString(messages));
        Thread reader = new Thread(() -> count(client.getInputStream(), arrived));
        reader.setDaemon(true);
        reader.start();
        return client;
    }

    private static void count(InputStream in, Runnable arrived) {
        byte[] buffer = new byte[1 << 16];
        try (in) {
            int read;
            while ((read = in.read(buffer)) > 0) {
                for (int i = 0; i < read; i++) {
                    if (buffer[i] == '\n') {
                        arrived.run();
                    }
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("mosquitto_sub cannot be read", e);
        }
    }
}
