package io.bspump.postgresql;

import io.bspump.config.Config;
import io.bspump.config.ConfigException;
import io.bspump.config.Option;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.client.SSLMode;
import io.r2dbc.postgresql.client.SSLNegotiation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.TrustManagerFactory;

/** The keys about TLS. Files are read anew for each link, so that they can be renewed. */
final class Tls {

    private static final String MODE = "ssl_mode";
    private static final String ROOT = "ssl_root_cert";
    private static final String CERTIFICATE = "ssl_cert";
    private static final String KEY = "ssl_key";
    private static final String PASSWORD = "ssl_password";

    static final List<Option> OPTIONS = List.of(
            Option.choice(MODE, "disable", "allow", "prefer", "require", "verify-ca", "verify-full", "tunnel")
                    .alias("sslmode")
                    .defaultTo("prefer")
                    .doc(
                            "As `sslmode` of PostgreSQL's own clients: whether the line is encrypted, and what of the server's"
                                    + " certificate is checked; `tunnel` speaks TLS from the first byte, to a proxy."),
            Option.string(ROOT)
                    .alias("sslrootcert")
                    .doc("PEM file with the authorities that may have signed the server's certificate; without it those"
                            + " that Java trusts."),
            Option.string(CERTIFICATE).alias("sslcert").doc("PEM file with the client's certificate."),
            Option.string(KEY).alias("sslkey").doc("PEM file with the key of the client's certificate, PKCS 8."),
            Option.secret(PASSWORD).alias("sslpassword").doc("What the key is encrypted with, if it is."),
            Option.choice("ssl_negotiation", "postgres", "direct")
                    .alias("sslnegotiation")
                    .defaultTo("postgres")
                    .doc("`direct` saves a round trip, from PostgreSQL 17 on."),
            Option.bool("ssl_sni")
                    .alias("sslsni")
                    .defaultTo(true)
                    .doc("Whether the server is told the name that was asked for."));

    private Tls() {}

    static void apply(Config config, PostgresqlConnectionConfiguration.Builder builder) {
        SSLMode mode = SSLMode.valueOf(
                config.get(MODE).strip().toUpperCase(Locale.ROOT).replace('-', '_'));
        builder.sslMode(mode);
        if (mode == SSLMode.DISABLE) {
            return;
        }
        builder.sslSni(config.getBoolean("ssl_sni"));
        if (config.get("ssl_negotiation").equalsIgnoreCase("direct")) {
            builder.sslNegotiation(SSLNegotiation.DIRECT);
        }
        if (config.contains(ROOT)) {
            builder.sslRootCert(file(config, ROOT));
        }
        TrustManagerFactory authorities =
                mode.verifyCertificate() && !config.contains(ROOT) ? systemAuthorities() : null;
        builder.sslContextBuilderCustomizer(context -> {
            if (authorities != null) {
                context.trustManager(authorities);
            }
            // From 4.2 on, Netty looks at names unless it is told not to, also where nothing is to be verified.
            return mode.verifyPeerName() ? context : context.endpointIdentificationAlgorithm(null);
        });
        if (config.contains(CERTIFICATE)) {
            builder.sslCert(file(config, CERTIFICATE));
        }
        if (config.contains(KEY)) {
            builder.sslKey(file(config, KEY));
            if (config.contains(PASSWORD)) {
                builder.sslPassword(config.getSecret(PASSWORD).reveal());
            }
        }
    }

    /** The error of files that were read and cannot be used. */
    static ConfigException unusable(Config config, RuntimeException cause) {
        String key = config.contains(KEY) ? KEY : config.contains(CERTIFICATE) ? CERTIFICATE : ROOT;
        String rule = "and the other files of TLS must be such as can be used: " + SqlErrors.root(cause);
        return new ConfigException(List.of(config.problem(key, config.masked(rule))));
    }

    /** Those of the JVM. Without them the driver would read their file itself, on its event loop. */
    private static TrustManagerFactory systemAuthorities() {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null);
            return factory;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the certificate authorities of the JVM cannot be read", e);
        }
    }

    private static String file(Config config, String key) {
        String name = config.get(key);
        if (!Files.isReadable(Path.of(name))) {
            throw new ConfigException(
                    List.of(config.problem(key, "must be a file that can be read, was '" + name + "'")));
        }
        return name;
    }
}
