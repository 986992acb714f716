package io.bspump.file;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import io.bspump.config.Config;
import io.bspump.config.ConfigException;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Option;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How CSV is written: RFC 4180 with another delimiter, quote and encoding.
 *
 * @param delimiter between fields, ASCII
 * @param quote around fields, ASCII
 * @param charset in which these and the ends of lines are single bytes, which are part of nothing else
 */
record CsvDialect(char delimiter, char quote, Charset charset) {

    static final Option DELIMITER =
            Option.string("delimiter").defaultTo(",").doc("The character between fields; `\\t` is a tab.");
    static final Option QUOTECHAR =
            Option.string("quotechar").defaultTo("\"").doc("The character around fields that hold a delimiter or LF.");
    static final Option ENCODING = Option.string("encoding").defaultTo("UTF-8").doc("The encoding of the file.");

    /** Returns what a section says, or throws what is wrong with it. */
    static CsvDialect of(Config config) {
        char delimiter = character(config, "delimiter");
        char quote = character(config, "quotechar");
        if (delimiter == quote) {
            throw wrong(config, "quotechar", "must be another character than delimiter, was '" + quote + "'");
        }
        return new CsvDialect(delimiter, quote, charset(config));
    }

    private static ConfigException wrong(Config config, String key, String message) {
        return new ConfigException(List.of(new ConfigProblem(null, 0, config.name(), key, key + " " + message)));
    }

    private static char character(Config config, String key) {
        String text = config.get(key).equals("\\t") ? "\t" : config.get(key);
        if (text.length() != 1 || text.charAt(0) > 126 || "\r\n".contains(text)) {
            throw wrong(config, key, "must be one ASCII character, was '" + text + "'");
        }
        return text.charAt(0);
    }

    private static Charset charset(Config config) {
        String name = config.get("encoding");
        try {
            Charset charset = Charset.forName(name);
            boolean isPlain = charset.canEncode()
                    && java.util.Arrays.equals(
                            ",\"\r\n;Az09".getBytes(charset),
                            new byte[] {',', '"', '\r', '\n', ';', 'A', 'z', '0', '9'});
            if (isPlain && !isMultiByte(charset)) {
                return charset;
            }
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            throw wrong(config, "encoding", "must be known, was '" + name + "'");
        }
        throw wrong(
                config,
                "encoding",
                "must be one in which each byte below 128 is an ASCII character, as UTF-8 and ISO-8859-1, was '" + name
                        + "'");
    }

    /** Whether bytes below 128 may be a part of a character, as in Shift_JIS and GBK. */
    private static boolean isMultiByte(Charset charset) {
        if (charset.name().startsWith("UTF-8") || charset.name().startsWith("EUC-")) {
            return false;
        }
        return charset.newEncoder().maxBytesPerChar() > 1;
    }

    /** Tells whether a quoted field is open at the end of some more bytes of a record. */
    boolean isOpenAfter(byte[] bytes, boolean wasOpen) {
        boolean open = wasOpen;
        boolean atBeginning = !wasOpen;
        for (int i = 0; i < bytes.length; i++) {
            byte b = bytes[i];
            if (open) {
                if (b == quote && i + 1 < bytes.length && bytes[i + 1] == quote) {
                    i++;
                } else if (b == quote) {
                    open = false;
                }
            } else {
                open = atBeginning && b == quote;
                atBeginning = b == delimiter;
            }
        }
        return open;
    }

    CsvReader.CsvReaderBuilder reader() {
        return CsvReader.builder()
                .fieldSeparator(delimiter)
                .quoteCharacter(quote)
                .skipEmptyLines(false);
    }

    /** Returns the fields of one record, null if it is none. */
    static @Nullable List<String> fields(CsvReader.CsvReaderBuilder reader, String record) {
        try {
            return reader.ofSingleCsvRecord(record).getFields();
        } catch (CsvParseException e) {
            return null;
        }
    }
}
