package io.bspump.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A process that may not write more to a file than a limit: appends until it is refused, then a little once more. */
final class LimitedAppend {

    private LimitedAppend() {}

    public static void main(String[] args) throws IOException {
        Path path = Path.of(args[0]);
        byte[] lines = "0123456789abcde\n".repeat(5000).getBytes(UTF_8);
        try (OutputFile file = new OutputFile(path, true, OutputFile::endOfLastLine, null)) {
            long confirmed = 0;
            try {
                while (true) {
                    file.append(new byte[0], lines, lines.length);
                    confirmed = Files.size(path);
                }
            } catch (IOException e) {
                System.out.println(e.getMessage() + " confirmed=" + confirmed + " size=" + Files.size(path));
            }
            file.append(new byte[0], lines, 16);
            System.out.println("more=" + (Files.size(path) - confirmed));
        }
    }
}
