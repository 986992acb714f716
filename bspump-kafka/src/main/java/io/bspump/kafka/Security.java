package io.bspump.kafka;

import io.bspump.config.Config;
import io.bspump.config.ConfigException;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Option;
import io.bspump.config.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.security.oauthbearer.ClientJwtValidator;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule;
import org.apache.kafka.common.security.plain.PlainLoginModule;
import org.apache.kafka.common.security.scram.ScramLoginModule;

/** Who is let in, and over what line: keys of librdkafka and of the Java client, made into those of the latter. */
final class Security {

    private static final String PROTOCOL = "security_protocol";
    private static final String MECHANISM = "sasl_mechanism";
    private static final String JAAS = "sasl_jaas_config";
    private static final String USER = "sasl_username";
    private static final String PASSWORD = "sasl_password";
    private static final String CA = "ssl_ca_location";
    private static final String CA_PEM = "ssl_ca_pem";
    private static final String CERTIFICATE = "ssl_certificate_location";
    private static final String CERTIFICATE_PEM = "ssl_certificate_pem";
    private static final String KEY = "ssl_key_location";
    private static final String KEY_PEM = "ssl_key_pem";
    private static final String KEYSTORE = "ssl_keystore_location";
    private static final String TRUSTSTORE = "ssl_truststore_location";
    private static final String TOKEN_URL = "sasl_oauthbearer_token_endpoint_url";
    private static final String HOSTNAME = "ssl_endpoint_identification_algorithm";
    private static final String VERIFICATION = "enable_ssl_certificate_verification";
    private static final String PEM = "PEM";

    private static final String[] PROTOCOLS = {
        "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL", "plaintext", "ssl", "sasl_plaintext", "sasl_ssl"
    };

    static final List<Option> OPTIONS = List.of(
            Option.choice(PROTOCOL, PROTOCOLS)
                    .alias("security.protocol")
                    .defaultTo("PLAINTEXT")
                    .doc("Whether the line is encrypted, and whether the client says who it is."),
            ClientOptions.withAliases(Option.string(MECHANISM), "sasl.mechanism")
                    .doc("How the client says who it is: `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`, `OAUTHBEARER`,"
                            + " `GSSAPI`. Without it `PLAIN` if there is a user."),
            Option.string(USER).alias("sasl.username").doc("The user's name for PLAIN and SCRAM."),
            Option.secret(PASSWORD).alias("sasl.password").doc("The user's password for PLAIN and SCRAM."),
            Option.string(CA)
                    .alias("ssl.ca.location")
                    .doc(
                            "PEM file with the authorities that may have signed the brokers' certificates; without it those"
                                    + " that Java trusts."),
            Option.string(CA_PEM).alias("ssl.ca.pem").doc("The same as text."),
            Option.string(CERTIFICATE)
                    .alias("ssl.certificate.location")
                    .doc("PEM file with the client's certificate and those that lead from it to an authority."),
            Option.string(CERTIFICATE_PEM).alias("ssl.certificate.pem").doc("The same as text."),
            Option.string(KEY)
                    .alias("ssl.key.location")
                    .doc("PEM file with the key of the client's certificate, PKCS 8; `ssl_key_password` if it is"
                            + " encrypted."),
            Option.secret(KEY_PEM).alias("ssl.key.pem").doc("The same as text."),
            Option.bool(VERIFICATION)
                    .alias("enable.ssl.certificate.verification")
                    .defaultTo(true)
                    .doc("Must be true: give the authority with `ssl_ca_location` instead."));

    private final Config config;
    private final String protocol;
    private final List<ConfigProblem> problems = new ArrayList<>();

    Security(Config config) {
        this.config = config;
        this.protocol = config.get(PROTOCOL).strip().toUpperCase(Locale.ROOT);
    }

    /** What can be known to be wrong without dialling. */
    List<ConfigProblem> problems() {
        problems.clear();
        boolean sasl = protocol.startsWith("SASL_");
        boolean tls = protocol.endsWith("SSL");
        if (sasl) {
            checkSasl();
        } else {
            checkUnused(USER, "SASL_PLAINTEXT or SASL_SSL");
            checkUnused(JAAS, "SASL_PLAINTEXT or SASL_SSL");
        }
        for (String key : List.of(CA, CA_PEM, CERTIFICATE, CERTIFICATE_PEM, KEYSTORE, TRUSTSTORE)) {
            if (!tls) {
                checkUnused(key, "SSL or SASL_SSL");
            }
        }
        List.of(CA, CERTIFICATE, KEY, KEYSTORE, TRUSTSTORE).forEach(this::checkFile);
        boolean certificate = config.contains(CERTIFICATE) || config.contains(CERTIFICATE_PEM);
        if (certificate != (config.contains(KEY) || config.contains(KEY_PEM))) {
            problem(certificate ? KEY : CERTIFICATE, "is required, because a certificate and its key go together");
        }
        if (!config.getBoolean(VERIFICATION)) {
            problem(VERIFICATION, "must be true: give the authority of the brokers with ssl_ca_location instead");
        }
        return List.copyOf(problems);
    }

    private void checkSasl() {
        String mechanism = mechanism();
        boolean user = mechanism.equals("PLAIN") || mechanism.startsWith("SCRAM-");
        if (user && !config.contains(JAAS)) {
            for (String key : List.of(USER, PASSWORD)) {
                if (!config.contains(key)) {
                    problem(key, "is required, because security_protocol is " + protocol);
                }
            }
        }
        if (!List.of("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", "GSSAPI")
                .contains(mechanism)) {
            problem(
                    MECHANISM,
                    "must be one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER, GSSAPI, was '"
                            + config.shown(MECHANISM).orElse("") + "'");
        }
    }

    private void checkUnused(String key, String needed) {
        if (config.contains(key)) {
            problem(key, "needs security_protocol = " + needed + ", was " + protocol);
        }
    }

    private void checkFile(String key) {
        if (config.contains(key) && !Files.isReadable(Path.of(config.get(key)))) {
            problem(key, "must be a file that can be read, was '" + config.get(key) + "'");
        }
    }

    private void problem(String key, String rule) {
        problems.add(config.problem(key, rule));
    }

    /** What is not given is PLAIN with a user, and otherwise what the driver takes it for. */
    private String mechanism() {
        return config.get(MECHANISM, config.contains(USER) ? "PLAIN" : "GSSAPI")
                .strip()
                .toUpperCase(Locale.ROOT);
    }

    /**
     * Puts in what the Java client understands. Reads files, so it may block.
     *
     * @throws ConfigException if one cannot be read
     */
    void addTo(Map<String, Object> properties) {
        properties.put("security.protocol", protocol);
        if (protocol.startsWith("SASL_")) {
            addSasl(properties);
        }
        if (protocol.endsWith("SSL")) {
            addTls(properties);
        }
    }

    private void addSasl(Map<String, Object> properties) {
        String mechanism = mechanism();
        properties.put("sasl.mechanism", mechanism);
        if (mechanism.equals("OAUTHBEARER") && config.contains(TOKEN_URL)) {
            properties.putIfAbsent(
                    "sasl.login.callback.handler.class", OAuthBearerLoginCallbackHandler.class.getName());
            // The default one wants a library for what only brokers do.
            properties.putIfAbsent("sasl.oauthbearer.jwt.validator.class", ClientJwtValidator.class.getName());
        }
        if (config.contains(JAAS)) {
            return;
        }
        switch (mechanism) {
            case "PLAIN" -> properties.put("sasl.jaas.config", jaas(PlainLoginModule.class));
            case "OAUTHBEARER" ->
                properties.put("sasl.jaas.config", OAuthBearerLoginModule.class.getName() + " required;");
            case "GSSAPI" -> {
                // The driver takes it from the JAAS configuration of the JVM.
            }
            default -> properties.put("sasl.jaas.config", jaas(ScramLoginModule.class));
        }
    }

    private String jaas(Class<?> module) {
        return module.getName() + " required username=" + quoted(config.get(USER)) + " password="
                + quoted(config.getSecret(PASSWORD, Secret.of("")).reveal()) + ";";
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private void addTls(Map<String, Object> properties) {
        if (config.contains(CA) || config.contains(CA_PEM)) {
            properties.put("ssl.truststore.type", PEM);
            properties.put("ssl.truststore.certificates", text(CA, CA_PEM));
        }
        if (config.contains(CERTIFICATE) || config.contains(CERTIFICATE_PEM)) {
            properties.put("ssl.keystore.type", PEM);
            properties.put("ssl.keystore.certificate.chain", text(CERTIFICATE, CERTIFICATE_PEM));
            properties.put("ssl.keystore.key", text(KEY, KEY_PEM));
        }
        addType(properties, KEYSTORE, "ssl.keystore.type");
        addType(properties, TRUSTSTORE, "ssl.truststore.type");
        if (config.get(HOSTNAME, "https").equalsIgnoreCase("none")) {
            properties.put("ssl.endpoint.identification.algorithm", "");
        }
    }

    /** A file of this name has to be told from a Java key store. */
    private void addType(Map<String, Object> properties, String location, String type) {
        if (config.get(location, "").toLowerCase(Locale.ROOT).endsWith(".pem")) {
            properties.putIfAbsent(type, PEM);
        }
    }

    private String text(String location, String pem) {
        if (config.contains(pem)) {
            return config.getSecret(pem).reveal();
        }
        try {
            return Files.readString(Path.of(config.get(location)));
        } catch (IOException e) {
            throw config.invalid(location, "must be a file that can be read");
        }
    }
}
