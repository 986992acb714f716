package io.bspump.test;

import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.ErrorClass;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A connection to a {@link LineServer} with a client that blocks, has no time limits and reports nothing by itself. */
final class BlockingLineConnection extends Connection {

    static final Options OPTIONS = Options.of(
            Option.string("host").required().doc("The server's."),
            Option.integer("port").required().doc("The server's."),
            Option.secret("password").defaultTo(LineServer.PASSWORD).doc("The server's."));

    private static final class Client {
        private final Socket socket = new Socket();
        private @Nullable BufferedReader lines;

        void connect(String host, int port) throws IOException {
            socket.connect(new InetSocketAddress(host, port));
            socket.setTcpNoDelay(true);
            lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        }

        synchronized String ask(String line) throws IOException {
            socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            String answer = lines.readLine();
            if (answer == null) {
                throw new IOException("the peer has closed");
            }
            return answer;
        }
    }

    private volatile @Nullable Client client;

    BlockingLineConnection(Application app, String id, String host, int port) {
        super(app, id, Map.of("host", host, "port", port));
    }

    @Override
    protected Mono<Void> connect() {
        return Mono.fromCallable(() -> {
            Client dialled = new Client();
            client = dialled;
            dialled.connect(config().get("host"), config().getInt("port"));
            String answer =
                    dialled.ask("login " + config().getSecret("password").reveal());
            if (!answer.equals("yes")) {
                throw new LineConnection.Refused(answer);
            }
            return null;
        });
    }

    @Override
    protected Mono<Void> disconnect() {
        return Mono.fromCallable(() -> {
            Client last = client;
            client = null;
            if (last != null) {
                last.socket.close();
            }
            return null;
        });
    }

    @Override
    protected Mono<Void> ping() {
        return Mono.fromCallable(() -> connected().ask("ping")).then();
    }

    /** Sends a line and gives the answer; what goes wrong after a cancel is nobody's business. */
    Mono<String> ask(String line) {
        return Mono.fromFuture(() -> CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return connected().ask(line);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                Schedulers.boundedElastic()::schedule));
    }

    private Client connected() throws IOException {
        Client present = client;
        if (present == null) {
            throw new IOException("not connected");
        }
        return present;
    }

    @Override
    protected ErrorClass classify(Throwable t) {
        return t instanceof LineConnection.Refused ? ErrorClass.AUTHENTICATION : ErrorClass.TRANSIENT;
    }
}
