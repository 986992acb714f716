package io.bspump.file;

import de.siegmar.fastcsv.reader.CsvReader;
import io.bspump.file.LineReader.LineTooLongException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Each record of a CSV file is an event, a map of its fields by the names in the header; blank lines are none. */
final class CsvCutter implements Cutter<Map<String, @Nullable Object>> {

    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private final Content content;
    private final CsvDialect dialect;
    private final CsvReader.CsvReaderBuilder parser;
    private final int max;
    private final InvalidEvents invalid;
    private final LineReader lines;
    private final ByteArrayOutputStream begun = new ByteArrayOutputStream();
    private boolean isOpen;
    private List<String> names;
    private long end;
    private int size;

    /**
     * Begins at an offset, where a record begins.
     *
     * @param names of the fields; empty: the first record of the content has them
     * @param max bytes that a record may have
     */
    CsvCutter(Content content, long offset, CsvDialect dialect, List<String> names, int max, InvalidEvents invalid)
            throws IOException {
        this.content = content;
        this.dialect = dialect;
        this.parser = dialect.reader();
        this.names = names;
        this.max = max;
        this.invalid = invalid;
        this.end = offset;
        if (names.isEmpty() && offset > 0) {
            CsvCutter head = new CsvCutter(content, 0, dialect, names, max, invalid);
            head.readHeader(Reach.END);
            this.names = head.names;
        }
        InputStream in = content.from(offset);
        this.lines = LineReader.keepingEnds(in, offset, max);
    }

    @Override
    public @Nullable Map<String, @Nullable Object> next(Reach reach) throws IOException {
        if (names.isEmpty() && !readHeader(reach)) {
            return null;
        }
        String record;
        while ((record = record(reach)) != null) {
            Map<String, @Nullable Object> row = record.isEmpty() ? null : row(record);
            end = lines.offset();
            if (row != null) {
                return row;
            }
        }
        return null;
    }

    /** Returns the names of the fields; none if their record has not been read. */
    List<String> names() {
        return names;
    }

    private boolean readHeader(Reach reach) throws IOException {
        String record = "";
        while (record != null && record.isEmpty()) {
            record = record(reach);
        }
        if (record == null) {
            return false;
        }
        List<String> fields = CsvDialect.fields(parser, record);
        if (fields == null) {
            throw new IOException("its header is no CSV: " + record);
        }
        if (Set.copyOf(fields).size() < fields.size()) {
            throw new IOException("its header has a name twice: " + record);
        }
        names = List.copyOf(fields);
        end = lines.offset();
        return true;
    }

    /** Returns the next record without its end, null if there is none within reach. */
    private @Nullable String record(Reach reach) throws IOException {
        byte[] line;
        while ((line = line(reach)) != null) {
            isOpen = dialect.isOpenAfter(line, isOpen);
            if (!isOpen && begun.size() == 0) {
                return text(line);
            }
            begun.writeBytes(line);
            if (begun.size() > max) {
                throw new LineTooLongException("record", end);
            }
            if (!isOpen) {
                return begun();
            }
        }
        return reach == Reach.LAST_END && begun.size() > 0 ? begun() : null;
    }

    private byte @Nullable [] line(Reach reach) throws IOException {
        return switch (reach) {
            case BUFFERED -> lines.nextWithoutReading();
            case END, QUIET_END -> lines.next();
            case LAST_END -> lines.nextOrTail();
        };
    }

    private String begun() {
        String text = text(begun.toByteArray());
        begun.reset();
        isOpen = false;
        return text;
    }

    private String text(byte[] record) {
        int length = record.length;
        if (length > 0 && record[length - 1] == '\n') {
            length--;
        }
        if (length > 0 && record[length - 1] == '\r') {
            length--;
        }
        size = length;
        String text = new String(record, 0, length, dialect.charset());
        return end == 0 && text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    }

    private @Nullable Map<String, @Nullable Object> row(String record) throws IOException {
        List<String> fields = CsvDialect.fields(parser, record);
        if (fields == null) {
            invalid.report(content, "record", end, "it is no CSV");
            return null;
        }
        if (fields.size() > names.size()) {
            String counts = "it has " + fields.size() + " fields, and there are " + names.size() + " names";
            invalid.report(content, "record", end, counts);
            return null;
        }
        Map<String, @Nullable Object> row = new LinkedHashMap<>(names.size() * 2);
        for (int i = 0; i < names.size(); i++) {
            row.put(names.get(i), i < fields.size() ? fields.get(i) : null);
        }
        return row;
    }

    @Override
    public long offset() {
        return end;
    }

    @Override
    public long size() {
        return size;
    }
}
