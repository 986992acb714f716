package io.bspump.web;

import io.bspump.config.ConfigException;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.timeout.WriteTimeoutHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/**
 * HTTP for the management API. A request that is slow, broken or endless costs its own connection and nobody else's time: all
 * sizes, numbers and waits are bounded, and nothing blocks the two threads that serve.
 */
final class WebServer {

    private static final Logger LOG = LoggerFactory.getLogger(WebService.class);

    private static final int THREADS = 2;
    private static final int MAX_CONNECTIONS = 2_000;
    private static final int MAX_LINE = 8_192;
    private static final int MAX_HEADERS = 16_384;

    /** How much of a body that is too long is read and thrown away, so that its sender comes to hear of it. */
    private static final long MAX_DISCARDED = 64L << 20;

    private static final Duration GRACE = Duration.ofSeconds(3);

    private final WebSettings settings;
    private final Router router;
    private final DefaultChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final LoopResources loops = LoopResources.create("bspump-web", THREADS, true);
    private volatile @Nullable DisposableServer bound;

    WebServer(WebSettings settings, Router router) {
        this.settings = settings;
        this.router = router;
    }

    /** Listens. */
    Mono<InetSocketAddress> start(ListenAddress listen) {
        return HttpServer.create()
                .runOn(loops)
                .bindAddress(listen::socket)
                .channelGroup(channels)
                .option(ChannelOption.SO_BACKLOG, 1_024)
                .idleTimeout(settings.idleTimeout())
                .httpRequestDecoder(spec -> spec.maxInitialLineLength(MAX_LINE).maxHeaderSize(MAX_HEADERS))
                .doOnChannelInit((observer, channel, address) -> {
                    if (channels.size() > MAX_CONNECTIONS) {
                        Connection.from(channel).dispose();
                    }
                    channel.pipeline()
                            .addFirst(RequestDeadline.NAME, new RequestDeadline(settings.requestTimeout()))
                            .addFirst(new WriteTimeoutHandler(
                                    settings.idleTimeout().toMillis(), TimeUnit.MILLISECONDS));
                })
                .handle(this::handle)
                .bind()
                .doOnNext(server -> bound = server)
                .map(server -> (InetSocketAddress) server.address());
    }

    Optional<InetSocketAddress> address() {
        return Optional.ofNullable(bound).map(server -> (InetSocketAddress) server.address());
    }

    /** Takes no more requests, lets those under way end for a while, and gives everything back. Never fails. */
    Mono<Void> stop() {
        return Mono.defer(() -> {
            DisposableServer server = bound;
            if (server == null) {
                return loops.disposeLater(Duration.ZERO, GRACE);
            }
            server.dispose();
            return server.onDispose()
                    .onErrorComplete()
                    .then(Mono.fromRunnable(() ->
                            channels.forEach(channel -> Connection.from(channel).dispose())))
                    .then(loops.disposeLater(Duration.ZERO, GRACE))
                    .onErrorComplete();
        });
    }

    private Mono<Void> handle(HttpServerRequest request, HttpServerResponse response) {
        RequestDeadline[] deadline = new RequestDeadline[1];
        EventLoop[] loop = new EventLoop[1];
        request.withConnection(connection -> {
            loop[0] = connection.channel().eventLoop();
            deadline[0] = connection.channel().pipeline().get(RequestDeadline.class);
        });
        deadline[0].begin();
        return answer(request, response, loop[0])
                .onErrorResume(error -> Mono.just(fault(request, error)))
                .flatMap(answer -> send(request, response, answer))
                .doFinally(end -> loop[0].execute(deadline[0]::end));
    }

    private Mono<Answer> answer(HttpServerRequest request, HttpServerResponse response, EventLoop loop) {
        String method = request.method().name().toUpperCase(Locale.ROOT);
        return Mono.defer(() -> {
            Router.Found found;
            try {
                checkVersion(request);
                found = router.find(method, request.uri(), request.requestHeaders());
            } catch (ApiError refused) {
                return refuseUnread(request, response, refused);
            }
            long length = request.requestHeaders().getInt("content-length", 0);
            if (length > settings.bodyLimit() && expectsToBeAsked(request)) {
                return refuseUnread(request, response, tooLarge());
            }
            return body(request, loop).flatMap(body -> found.handle(body, loop));
        });
    }

    private static void checkVersion(HttpServerRequest request) {
        if (request.version().majorVersion() != 1) {
            throw new ApiError(
                    400, "bad_request", "the version must be HTTP/1.1 or HTTP/1.0, was " + request.version());
        }
    }

    private static boolean expectsToBeAsked(HttpServerRequest request) {
        return request.requestHeaders().contains("expect");
    }

    /** What is left of the request would be taken for the next one. */
    private static Mono<Answer> refuseUnread(HttpServerRequest request, HttpServerResponse response, ApiError refused) {
        boolean hasBody = request.requestHeaders().getInt("content-length", 0) > 0
                || request.requestHeaders().contains("transfer-encoding");
        if (hasBody) {
            response.keepAlive(false);
        }
        return Mono.just(refused.answer());
    }

    private ApiError tooLarge() {
        return new ApiError(
                413, "body_too_large", "the body must not be longer than " + settings.bodyLimit() + " bytes");
    }

    private Mono<ByteBuffer> body(HttpServerRequest request, EventLoop loop) {
        Body body = new Body();
        return request.receive()
                .asByteArray()
                .doOnNext(body::add)
                .takeUntil(piece -> body.length > MAX_DISCARDED)
                .then(Mono.fromCallable(body::whole))
                .timeout(after(loop, settings.requestTimeout()))
                .onErrorMap(java.util.concurrent.TimeoutException.class, e -> overdue());
    }

    private ApiError overdue() {
        return new ApiError(
                408,
                "request_timeout",
                "the body was not complete within " + settings.requestTimeout().toMillis() + "ms");
    }

    /** What has been read of a body, as far as it may be used. */
    private final class Body {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private long length;

        void add(byte[] piece) {
            length += piece.length;
            if (length <= settings.bodyLimit()) {
                bytes.writeBytes(piece);
            }
        }

        ByteBuffer whole() {
            if (length > settings.bodyLimit()) {
                throw tooLarge();
            }
            return ByteBuffer.wrap(bytes.toByteArray());
        }
    }

    /** A clock without a thread of its own. */
    static Mono<Long> after(EventLoop loop, Duration time) {
        return Mono.create(sink -> {
            Future<?> clock = loop.schedule(() -> sink.success(0L), time.toMillis(), TimeUnit.MILLISECONDS);
            sink.onDispose(() -> clock.cancel(false));
        });
    }

    private Answer fault(HttpServerRequest request, Throwable error) {
        if (error instanceof ApiError refused) {
            return refused.answer();
        }
        if (error instanceof ConfigException invalid) {
            return ApiError.invalid(invalid).answer();
        }
        LOG.error("A request failed, method={} uri={}", request.method(), printable(request.uri()), error);
        return new ApiError(500, "internal", "this is a fault of the pump, its log has more").answer();
    }

    private static String printable(String text) {
        String start = text.substring(0, Math.min(text.length(), 200));
        return start.replaceAll("[^ -~]", "?");
    }

    private static Mono<Void> send(HttpServerRequest request, HttpServerResponse response, Answer answer) {
        response.status(answer.status());
        answer.headers().forEach(response::header);
        response.header("cache-control", "no-store").header("x-content-type-options", "nosniff");
        if (answer.status() == 408 || answer.status() == 413) {
            response.keepAlive(false);
        }
        if (answer.pieces() != null) {
            return response.sse()
                    .sendString(answer.pieces(), StandardCharsets.UTF_8)
                    .then();
        }
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        if (answer.status() != 204) {
            response.header("content-length", Integer.toString(body.length));
        }
        boolean empty = answer.status() == 204 || request.method().name().equals("HEAD");
        return empty ? response.send() : response.sendByteArray(Mono.just(body)).then();
    }
}
