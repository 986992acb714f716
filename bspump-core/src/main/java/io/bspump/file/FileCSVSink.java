package io.bspump.file;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import io.bspump.Application;
import io.bspump.Batch;
import io.bspump.Pipeline;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.bspump.file.Cutter.Reach;
import io.bspump.file.OutputFile.Tail;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Appends events to a CSV file (RFC 4180, but records end with LF), or writes them to standard output: each event is a map, and a
 * record. The columns are those of {@code fieldnames}, or else of the file as it is, or else the fields of the first event.
 * Each file begins with them. A field that an event lacks, and null, is empty. An event with a field that is no column
 * fails alone, and so does one that is no map or cannot be encoded.
 *
 * <p>Delivery, full disks, crashes and rotation are as with {@link FileSink}. A file whose header is not the {@code
 * fieldnames} is an error.
 */
public final class FileCSVSink extends AppendingSink<Object> {

    public static final Options OPTIONS = Options.of(
            Option.list("fieldnames")
                    .defaultTo("")
                    .doc("Names of the columns; without them those of the file or of the first event."),
            CsvDialect.DELIMITER,
            CsvDialect.QUOTECHAR,
            CsvDialect.ENCODING);

    private static final int MAX_HEADER = 1 << 20;

    private final CsvDialect dialect;

    // Used by one batch at a time.
    private final StringWriter text = new StringWriter();
    private final CsvWriter writer;
    private List<String> columns;
    private boolean isCompared;

    /** Creates a sink whose id is {@code FileCSVSink}. */
    public FileCSVSink(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code FileCSVSink}
     * @param config values that go above the class's defaults and below the file
     */
    public FileCSVSink(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        dialect = CsvDialect.of(config());
        columns = config().getList("fieldnames");
        writer = CsvWriter.builder()
                .fieldSeparator(dialect.delimiter())
                .quoteCharacter(dialect.quote())
                .lineDelimiter(LineDelimiter.LF)
                .bufferSize(0)
                .build(text);
    }

    @Override
    Tail tail() {
        return this::endOfLastRecord;
    }

    /** A LF within quotes ends no record, so only all of the file tells where the last one ends. */
    private long endOfLastRecord(FileChannel file, long size) throws IOException {
        InputStream in = Channels.newInputStream(file.position(0));
        LineReader lines = LineReader.keepingEnds(in, 0, Integer.MAX_VALUE - 16);
        long end = 0;
        boolean open = false;
        byte[] line;
        while ((line = lines.next()) != null) {
            open = dialect.isOpenAfter(line, open);
            end = open ? end : lines.offset();
        }
        return end;
    }

    @Override
    byte[] header() throws IOException {
        return columns.isEmpty() ? new byte[0] : record(columns);
    }

    @Override
    void write(Batch<Object> batch, Records to) throws IOException {
        if (!isCompared) {
            compareWithFile();
        }
        for (int i = 0; i < batch.size(); i++) {
            if (batch.get(i) instanceof Map<?, ?> row) {
                add(batch, i, row, to);
            } else {
                batch.fail(
                        i,
                        wrong("takes maps, was given a "
                                + batch.get(i).getClass().getName()));
            }
        }
    }

    private void compareWithFile() throws IOException {
        byte[] beginning = beginning(MAX_HEADER);
        if (beginning.length > 0) {
            List<String> there = namesIn(beginning);
            if (!columns.isEmpty() && !columns.equals(there)) {
                throw new IOException("its header is " + there + ", and fieldnames are " + columns);
            }
            columns = there;
        }
        isCompared = true;
    }

    private List<String> namesIn(byte[] beginning) throws IOException {
        Content content = new Content() {
            @Override
            public InputStream from(long offset) {
                return new ByteArrayInputStream(beginning);
            }

            @Override
            public String name() {
                return address();
            }
        };
        CsvCutter cutter =
                new CsvCutter(content, 0, dialect, List.of(), MAX_HEADER, new InvalidEvents(address(), true));
        cutter.next(Reach.END);
        return cutter.names();
    }

    private void add(Batch<Object> batch, int index, Map<?, ?> row, Records to) {
        if (columns.isEmpty()) {
            columns = row.keySet().stream().map(String::valueOf).toList();
        }
        String[] fields = new String[columns.size()];
        int known = 0;
        for (int i = 0; i < fields.length; i++) {
            Object value = row.get(columns.get(i));
            fields[i] = value == null ? "" : value.toString();
            known += value != null || row.containsKey(columns.get(i)) ? 1 : 0;
        }
        if (known < row.size()) {
            List<?> extra = row.keySet().stream()
                    .filter(key -> !(key instanceof String) || !columns.contains(key))
                    .toList();
            batch.fail(index, wrong("has the columns " + columns + ", the event has " + extra + " too"));
            return;
        }
        try {
            to.add(record(Arrays.asList(fields)));
        } catch (CharacterCodingException e) {
            batch.fail(index, wrong("cannot write the event in " + dialect.charset()));
        }
    }

    private byte[] record(List<String> fields) throws CharacterCodingException {
        text.getBuffer().setLength(0);
        writer.writeRecord(fields);
        if (text.getBuffer().length() == 1) {
            text.getBuffer().insert(0, new char[] {dialect.quote(), dialect.quote()}); // a blank line is no record
        }
        ByteBuffer bytes = dialect.charset().newEncoder().encode(CharBuffer.wrap(text.getBuffer()));
        byte[] record = new byte[bytes.remaining()];
        bytes.get(record);
        return record;
    }

    private IllegalArgumentException wrong(String how) {
        return new IllegalArgumentException("[" + config().name() + "] " + how);
    }
}
