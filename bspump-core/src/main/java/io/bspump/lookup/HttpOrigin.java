package io.bspump.lookup;

import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;

/** A document on a web server, asked for again with {@code If-None-Match} and {@code If-Modified-Since}. */
final class HttpOrigin implements Origin {

    private static final int OK = 200;
    private static final int NOT_MODIFIED = 304;

    private final URI url;
    private final int maxSize;
    private final Duration timeout;
    private final Scheduler clock;
    private final HttpClient client;

    /** @param authorization the header of this name, or null */
    HttpOrigin(URI url, int maxSize, Duration timeout, Scheduler clock, @Nullable String authorization) {
        this.url = url;
        this.maxSize = maxSize;
        this.timeout = timeout;
        this.clock = clock;
        this.client = HttpClient.newConnection()
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(Math.max(1, timeout.toMillis())))
                .followRedirect(true)
                .headers(headers -> {
                    if (authorization != null) {
                        headers.set(HttpHeaderNames.AUTHORIZATION, authorization);
                    }
                });
    }

    @Override
    public Mono<Content> fetch(Content.@Nullable Version known) {
        return client.headers(headers -> ask(headers, known))
                .get()
                .uri(url)
                .response(this::receive)
                .singleOrEmpty()
                .timeout(timeout, clock)
                .onErrorMap(this::explain);
    }

    private static void ask(HttpHeaders headers, Content.@Nullable Version known) {
        if (known != null && known.tag() != null) {
            headers.set(HttpHeaderNames.IF_NONE_MATCH, known.tag());
        }
        if (known != null && known.modified() != null) {
            headers.set(HttpHeaderNames.IF_MODIFIED_SINCE, known.modified());
        }
    }

    private Mono<Content> receive(HttpClientResponse response, ByteBufFlux body) {
        if (response.status().code() == NOT_MODIFIED && asked(response)) {
            return Mono.empty();
        }
        if (response.status().code() != OK) {
            return Mono.error(new IOException("the answer was " + response.status()));
        }
        HttpHeaders headers = response.responseHeaders();
        Content.Version version =
                new Content.Version(headers.get(HttpHeaderNames.ETAG), headers.get(HttpHeaderNames.LAST_MODIFIED));
        return body.asByteArray()
                .collect(ByteArrayOutputStream::new, this::append)
                .map(bytes -> new Content(bytes.toByteArray(), version));
    }

    private static boolean asked(HttpClientResponse response) {
        HttpHeaders sent = response.requestHeaders();
        return sent.contains(HttpHeaderNames.IF_NONE_MATCH) || sent.contains(HttpHeaderNames.IF_MODIFIED_SINCE);
    }

    private void append(ByteArrayOutputStream bytes, byte[] chunk) {
        if (bytes.size() + (long) chunk.length > maxSize) {
            throw Exceptions.propagate(new IOException("the answer must not exceed max_size, " + maxSize + " bytes"));
        }
        bytes.writeBytes(chunk);
    }

    private IOException explain(Throwable error) {
        Throwable reason = Exceptions.unwrap(error);
        String why = reason instanceof TimeoutException
                ? "there was no whole answer within " + timeout.toMillis() + "ms"
                : reason.getMessage() == null ? reason.toString() : reason.getMessage();
        return new IOException(this + " cannot be read: " + why, reason);
    }

    /** Without the query, which may hold a key. */
    @Override
    public String toString() {
        return url.getScheme() + "://" + url.getAuthority() + url.getPath();
    }
}
