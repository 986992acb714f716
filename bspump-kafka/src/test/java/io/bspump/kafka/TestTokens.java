package io.bspump.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.security.auth.callback.Callback;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;

/** A server that gives tokens to whom it knows, and what a broker takes them with. */
final class TestTokens implements AutoCloseable {

    static final String CLIENT = "pump";
    static final String SECRET = "token-secret";
    private static final String ALLOWED = "org.apache.kafka.sasl.oauthbearer.allowed.urls";
    private static final long LIFETIME_SECONDS = 3600;

    private final HttpServer server;

    private TestTokens(HttpServer server) {
        this.server = server;
    }

    static TestTokens start() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/token", TestTokens::answer);
            server.start();
            TestTokens tokens = new TestTokens(server);
            System.setProperty(ALLOWED, tokens.url());
            return tokens;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/token";
    }

    private static void answer(HttpExchange exchange) throws IOException {
        String known = "Basic " + base64(Base64.getEncoder(), CLIENT + ":" + SECRET);
        boolean let = known.equals(exchange.getRequestHeaders().getFirst("Authorization"));
        byte[] body = (let ? "{\"access_token\":\"" + token() + "\",\"token_type\":\"Bearer\"}" : "{}").getBytes(UTF_8);
        exchange.sendResponseHeaders(let ? 200 : 401, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static String token() {
        long now = System.currentTimeMillis() / 1000;
        Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
        return base64(encoder, "{\"alg\":\"RS256\"}") + "."
                + base64(
                        encoder,
                        "{\"sub\":\"pump\",\"iat\":" + now + ",\"exp\":" + (now + LIFETIME_SECONDS)
                                + ",\"scope\":\"kafka\"}")
                + "." + base64(encoder, "signature");
    }

    private static String base64(Base64.Encoder encoder, String text) {
        return encoder.encodeToString(text.getBytes(UTF_8));
    }

    @Override
    public void close() {
        server.stop(0);
        System.clearProperty(ALLOWED);
    }

    /** Takes any token, at the broker. */
    public static final class Validator implements AuthenticateCallbackHandler {

        @Override
        public void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {}

        @Override
        public void close() {}

        @Override
        public void handle(Callback[] callbacks) {
            for (Callback callback : callbacks) {
                if (callback instanceof OAuthBearerValidatorCallback validation) {
                    validation.token(new Token(validation.tokenValue()));
                }
            }
        }
    }

    private record Token(String value) implements OAuthBearerToken {

        @Override
        public Set<String> scope() {
            return Set.of();
        }

        @Override
        public long lifetimeMs() {
            return System.currentTimeMillis() + LIFETIME_SECONDS * 1000;
        }

        @Override
        public String principalName() {
            return CLIENT;
        }

        @Override
        public Long startTimeMs() {
            return System.currentTimeMillis();
        }
    }
}
