package io.bspump.test;

import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.ErrorClass;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.netty.handler.codec.LineBasedFrameDecoder;
import java.io.IOException;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.netty.tcp.TcpClient;

/** A connection to a {@link LineServer}. */
class LineConnection extends Connection {

    static final Options OPTIONS = Options.of(
            Option.string("host").required().doc("The server's."),
            Option.integer("port").required().doc("The server's."),
            Option.secret("password").defaultTo(LineServer.PASSWORD).doc("The server's."));

    /** The server does not want us. */
    static final class Refused extends IOException {
        Refused(String answer) {
            super(answer);
        }
    }

    /** What has been dialled, and those who wait for an answer over it. */
    private record Link(reactor.netty.Connection netty, Queue<MonoSink<String>> waiting) {
        void answered(String line) {
            MonoSink<String> asker = waiting.poll();
            if (asker != null) {
                asker.success(line);
            }
        }

        void gone() {
            MonoSink<String> asker = waiting.poll();
            while (asker != null) {
                asker.error(new IOException("the peer has closed"));
                asker = waiting.poll();
            }
        }

        void send(String line, MonoSink<String> asker) {
            waiting.add(asker);
            netty.outbound().sendString(Mono.just(line + "\n")).then().subscribe(nothing -> {}, asker::error);
        }
    }

    private volatile @Nullable Link link;

    LineConnection(Application app, String id, String host, int port) {
        super(app, id, Map.of("host", host, "port", port));
    }

    @Override
    protected Mono<Void> connect() {
        long mine = generation();
        return TcpClient.newConnection()
                .host(config().get("host"))
                .port(config().getInt("port"))
                .doOnChannelInit(
                        (observer, channel, address) -> channel.pipeline().addFirst(new LineBasedFrameDecoder(1000)))
                .connect()
                .doOnNext(dialled -> use(dialled, mine))
                .then(Mono.defer(() -> ask("login " + password())))
                .flatMap(answer -> answer.equals("yes") ? Mono.empty() : Mono.error(new Refused(answer)));
    }

    String password() {
        return config().getSecret("password").reveal();
    }

    private void use(reactor.netty.Connection dialled, long mine) {
        Link made = new Link(dialled, new ConcurrentLinkedQueue<>());
        link = made;
        dialled.inbound().receive().asString().subscribe(made::answered, e -> {}, () -> {});
        dialled.onDispose(() -> {
            made.gone();
            lost(mine, new IOException("the peer has closed"));
        });
    }

    /** Sends a line and gives the answer. */
    Mono<String> ask(String line) {
        return Mono.create(asker -> {
            Link present = link;
            if (present == null) {
                asker.error(new IOException("not connected"));
            } else {
                present.send(line, asker);
            }
        });
    }

    /** Reports a loss as a driver may at any time. */
    void loseIt() {
        lost(new IOException("lost on purpose"));
    }

    @Override
    protected Mono<Void> disconnect() {
        Link last = link;
        link = null;
        if (last == null) {
            return Mono.empty();
        }
        last.netty().dispose();
        return last.netty().onDispose();
    }

    @Override
    protected Mono<Void> ping() {
        return ask("ping").then();
    }

    @Override
    protected ErrorClass classify(Throwable t) {
        return t instanceof Refused ? ErrorClass.AUTHENTICATION : ErrorClass.TRANSIENT;
    }
}
