package io.bspump.kafka;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;

/** A server's certificate and a client's, each signed by itself and trusted by the other side. */
record TestCertificates(Path directory) {

    static final String PASSWORD = "changeit";

    static TestCertificates make(Path directory) {
        TestCertificates made = new TestCertificates(directory);
        try {
            made.make("server", "san=dns:localhost,ip:127.0.0.1");
            made.make("client", "san=dns:client");
            KeyStore trust = KeyStore.getInstance("PKCS12");
            trust.load(null, null);
            trust.setCertificateEntry("client", made.open("client").getCertificate("client"));
            try (OutputStream out = new FileOutputStream(made.trustStore().toFile())) {
                trust.store(out, PASSWORD.toCharArray());
            }
            return made;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private void make(String name, String extension) throws IOException, GeneralSecurityException {
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        Process process = new ProcessBuilder(
                        keytool.toString(),
                        "-genkeypair",
                        "-alias",
                        name,
                        "-dname",
                        "CN=" + name,
                        "-keyalg",
                        "RSA",
                        "-ext",
                        extension,
                        "-validity",
                        "3650",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        store(name).toString())
                .inheritIO()
                .start();
        if (process.onExit().join().exitValue() != 0) {
            throw new IllegalStateException("keytool failed");
        }
        KeyStore store = open(name);
        Certificate certificate = store.getCertificate(name);
        Key key = store.getKey(name, PASSWORD.toCharArray());
        Files.writeString(certificate(name), pem("CERTIFICATE", certificate.getEncoded()));
        Files.writeString(key(name), pem("PRIVATE KEY", key.getEncoded()));
    }

    private KeyStore open(String name) throws IOException, GeneralSecurityException {
        return KeyStore.getInstance(store(name).toFile(), PASSWORD.toCharArray());
    }

    private static String pem(String what, byte[] content) {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n";
    }

    private Path store(String name) {
        return directory.resolve(name + ".p12");
    }

    Path serverStore() {
        return store("server");
    }

    Path clientStore() {
        return store("client");
    }

    /** What the server trusts. */
    Path trustStore() {
        return directory.resolve("trust.p12");
    }

    Path certificate(String name) {
        return directory.resolve(name + ".crt");
    }

    Path key(String name) {
        return directory.resolve(name + ".key");
    }
}
