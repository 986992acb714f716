package io.bspump.postgresql;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** An authority, a server's certificate for localhost and a client's, made by keytool. */
final class Certificates {

    static final String PASSWORD = "changeit";

    private final Path directory;

    private Certificates(Path directory) {
        this.directory = directory;
    }

    static Certificates in(Path directory) throws Exception {
        Certificates made = new Certificates(directory);
        made.keytool("-genkeypair", "-alias", "ca", "-dname", "CN=testca", "-ext", "bc:c", "-keystore", "ca.p12");
        made.export("ca", "ca.p12", "ca.pem");
        made.signed("server", "san=dns:localhost");
        made.signed("client", "eku=clientAuth");
        made.exportKey("server");
        made.exportKey("client");
        return made;
    }

    Path file(String name) {
        return directory.resolve(name);
    }

    private void signed(String name, String extension) throws Exception {
        String store = name + ".p12";
        keytool(
                "-genkeypair",
                "-alias",
                name,
                "-dname",
                "CN=" + (name.equals("client") ? TestPostgres.USER : name),
                "-keystore",
                store);
        keytool("-certreq", "-alias", name, "-keystore", store, "-file", name + ".csr");
        keytool(
                "-gencert",
                "-rfc",
                "-alias",
                "ca",
                "-keystore",
                "ca.p12",
                "-infile",
                name + ".csr",
                "-ext",
                extension,
                "-outfile",
                name + ".pem");
        keytool("-importcert", "-noprompt", "-alias", "ca", "-file", "ca.pem", "-keystore", store);
        keytool("-importcert", "-noprompt", "-alias", name, "-file", name + ".pem", "-keystore", store);
    }

    private void export(String alias, String store, String file) throws Exception {
        keytool("-exportcert", "-rfc", "-alias", alias, "-keystore", store, "-file", file);
    }

    private void exportKey(String name) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(file(name + ".p12").toFile(), PASSWORD.toCharArray());
        byte[] key = store.getKey(name, PASSWORD.toCharArray()).getEncoded();
        Path file = Files.createFile(
                file(name + ".key"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(
                file,
                "-----BEGIN PRIVATE KEY-----\n"
                        + Base64.getMimeEncoder().encodeToString(key)
                        + "\n-----END PRIVATE KEY-----\n");
    }

    private void keytool(String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/keytool"));
        command.addAll(List.of(args));
        command.addAll(List.of("-storepass", PASSWORD));
        if (List.of(args).contains("-genkeypair")) {
            command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1", "-storetype", "PKCS12"));
        }
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(command + ": " + output);
        }
    }
}
