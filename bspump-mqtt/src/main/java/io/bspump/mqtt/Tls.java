package io.bspump.mqtt;

import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttClientSslConfigBuilder;
import io.bspump.config.Config;
import io.bspump.config.ConfigException;
import io.bspump.config.Option;
import io.bspump.config.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** The keys about TLS, and what they lead to. Files are read anew for each link, so that they can be renewed. */
final class Tls {

    static final String CA = "tls_ca_file";
    static final String CERTIFICATE = "tls_certificate_file";
    static final String KEY = "tls_key_file";
    static final String KEY_PASSWORD = "tls_key_password";
    static final String KEY_STORE = "tls_keystore_file";
    static final String KEY_STORE_PASSWORD = "tls_keystore_password";
    static final String SERVER_NAME = "tls_server_name";
    static final String VERIFY = "tls_verify_hostname";

    static final List<Option> OPTIONS = List.of(
            Option.string(CA)
                    .alias("rootcapath")
                    .doc("PEM file with the authorities that may have signed the broker's certificate;"
                            + " without it those that Java trusts."),
            Option.string(CERTIFICATE)
                    .alias("certificationpath")
                    .doc("PEM file with the client's certificate and those that lead from it to an authority."),
            Option.string(KEY)
                    .alias("privatekeypath")
                    .doc("PEM file with the key of the client's certificate, PKCS 8."),
            Option.secret(KEY_PASSWORD).doc("What the key is encrypted with, if it is."),
            Option.string(KEY_STORE)
                    .doc("PKCS 12 or JKS file with the client's certificate and key, instead of the two PEM files."),
            Option.secret(KEY_STORE_PASSWORD).doc("The password of the key store."),
            Option.string(SERVER_NAME)
                    .doc("The name to ask for (SNI) and to expect in the broker's certificate; without it the host's."),
            Option.bool(VERIFY)
                    .defaultTo(true)
                    .doc("Whether the broker's certificate must be for the name that was asked for."));

    private static final Pattern PEM =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");
    private static final char[] NO_PASSWORD = {};

    private final Config config;

    private Tls(Config config) {
        this.config = config;
    }

    /** Reads what {@code tls} keys name, where that may block; a file that is wrong is a mistake in the configuration. */
    static MqttClientSslConfig load(Config config) {
        return new Tls(config).build();
    }

    private MqttClientSslConfig build() {
        MqttClientSslConfigBuilder builder = MqttClientSslConfig.builder()
                .trustManagerFactory(config.contains(CA) ? read(CA, this::authorities) : systemAuthorities());
        if (config.contains(KEY_STORE)) {
            builder = builder.keyManagerFactory(read(KEY_STORE, this::keyStore));
        } else if (config.contains(CERTIFICATE)) {
            List<Certificate> chain = read(CERTIFICATE, Tls::certificates);
            builder = builder.keyManagerFactory(read(KEY, file -> keys(chain, privateKey(file))));
        }
        if (!config.getBoolean(VERIFY)) {
            builder = builder.hostnameVerifier((host, session) -> true);
        }
        return builder.build();
    }

    private interface Reader<T> {
        T read(Path file) throws IOException, GeneralSecurityException;
    }

    private <T> T read(String key, Reader<T> reader) {
        if (!config.contains(key)) {
            throw new ConfigException(List.of(config.problem(key, "must name a file, because others need it")));
        }
        try {
            return reader.read(Path.of(config.get(key)));
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            String rule = "must be a file that can be read and used, was '" + config.get(key) + "': "
                    + e.getClass().getSimpleName() + " " + e.getMessage();
            throw new ConfigException(List.of(config.problem(key, config.masked(rule))));
        }
    }

    /** Those of the JVM. Without them the driver would read their file itself, on its event loop. */
    private static TrustManagerFactory systemAuthorities() {
        try {
            return trusting(null);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the certificate authorities of the JVM cannot be read", e);
        }
    }

    private static TrustManagerFactory trusting(@Nullable KeyStore trusted) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        return factory;
    }

    private TrustManagerFactory authorities(Path file) throws IOException, GeneralSecurityException {
        KeyStore trusted = emptyStore();
        int number = 0;
        for (Certificate certificate : certificates(file)) {
            trusted.setCertificateEntry("ca" + number++, certificate);
        }
        return trusting(trusted);
    }

    private KeyManagerFactory keyStore(Path file) throws IOException, GeneralSecurityException {
        char[] password =
                config.getSecret(KEY_STORE_PASSWORD, Secret.of("")).reveal().toCharArray();
        KeyStore store = KeyStore.getInstance(file.toFile(), password);
        return managers(store, password);
    }

    private static KeyManagerFactory keys(List<Certificate> chain, PrivateKey key)
            throws IOException, GeneralSecurityException {
        KeyStore store = emptyStore();
        store.setKeyEntry("client", key, NO_PASSWORD, chain.toArray(new Certificate[0]));
        return managers(store, NO_PASSWORD);
    }

    private static KeyManagerFactory managers(KeyStore store, char[] password) throws GeneralSecurityException {
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, password);
        return factory;
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static List<Certificate> certificates(Path file) throws IOException, GeneralSecurityException {
        try (InputStream in = new ByteArrayInputStream(Files.readAllBytes(file))) {
            List<Certificate> all =
                    new ArrayList<>(CertificateFactory.getInstance("X.509").generateCertificates(in));
            if (all.isEmpty()) {
                throw new GeneralSecurityException("there is no certificate in it");
            }
            return all;
        }
    }

    private PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
        Matcher pem = PEM.matcher(Files.readString(file, StandardCharsets.US_ASCII));
        while (pem.find()) {
            byte[] content = Base64.getMimeDecoder().decode(pem.group(2));
            if (pem.group(1).equals("PRIVATE KEY")) {
                return decode(new PKCS8EncodedKeySpec(content));
            }
            if (pem.group(1).equals("ENCRYPTED PRIVATE KEY")) {
                return decode(decrypt(content));
            }
        }
        throw new GeneralSecurityException("there is no PKCS 8 key in it, which begins with -----BEGIN PRIVATE KEY-----"
                + " (openssl pkcs8 -topk8 makes one)");
    }

    private PKCS8EncodedKeySpec decrypt(byte[] content) throws IOException, GeneralSecurityException {
        EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(content);
        // The algorithm's full name is that of its parameters: PBEWithHmacSHA256AndAES_256.
        String algorithm = info.getAlgParameters() == null
                ? info.getAlgName()
                : info.getAlgParameters().toString();
        char[] password = config.getSecret(KEY_PASSWORD, Secret.of("")).reveal().toCharArray();
        Cipher cipher = Cipher.getInstance(algorithm);
        cipher.init(
                Cipher.DECRYPT_MODE,
                SecretKeyFactory.getInstance(algorithm).generateSecret(new PBEKeySpec(password)),
                info.getAlgParameters());
        return info.getKeySpec(cipher);
    }

    private static PrivateKey decode(PKCS8EncodedKeySpec spec) throws GeneralSecurityException {
        GeneralSecurityException other =
                new GeneralSecurityException("the key is neither of RSA nor of an elliptic curve");
        for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException e) {
                other.addSuppressed(e);
            }
        }
        throw other;
    }
}
