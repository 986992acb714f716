package io.bspump.benchmarks;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SequenceWriter;
import io.bspump.samples.accesslog.CombinedLog;
import java.io.BufferedOutputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What the sample {@code accesslog} does, written by hand: one thread, one pass, no settlement, nothing remembered. It reads a
 * log with the sample's own parser and writes requests, traffic per minute, and lines that are none. The arguments are the log, the lookup
 * file and the directory to write to.
 */
public final class AccessLogLoop {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> HEALTH = Set.of("/health", "/healthz");
    /** Windows stay open for so many seconds after their end. */
    private static final int LATENESS = 5;

    private record Cell(long minute, Object status) {}

    private static final class Traffic {
        private long count;
        private long bytes;
    }

    private final CombinedLog log = new CombinedLog();
    private final Map<Cell, Traffic> traffic = new HashMap<>();
    private final Map<String, String> teams;
    private final SequenceWriter requests;
    private final SequenceWriter minutes;
    private final SequenceWriter broken;
    private long newest = Long.MIN_VALUE;

    private AccessLogLoop(
            Map<String, String> teams, SequenceWriter requests, SequenceWriter minutes, SequenceWriter broken) {
        this.teams = teams;
        this.requests = requests;
        this.minutes = minutes;
        this.broken = broken;
    }

    public static void main(String[] args) throws IOException {
        Path to = Path.of(args[2]);
        Map<String, String> teams = JSON.readValue(Path.of(args[1]).toFile(), new TypeReference<>() {});
        try (FileOutputStream requests =
                        new FileOutputStream(to.resolve("requests.jsonl").toFile());
                FileOutputStream minutes =
                        new FileOutputStream(to.resolve("per_minute.jsonl").toFile());
                FileOutputStream broken =
                        new FileOutputStream(to.resolve("broken.jsonl").toFile())) {
            AccessLogLoop loop = new AccessLogLoop(teams, writer(requests), writer(minutes), writer(broken));
            try (InputStream in = new FileInputStream(args[0])) {
                loop.read(in);
            }
            loop.close(Long.MAX_VALUE);
            loop.flush();
            requests.getFD().sync();
            minutes.getFD().sync();
            broken.getFD().sync();
        }
    }

    private static SequenceWriter writer(FileOutputStream out) throws IOException {
        return JSON.writer().withRootValueSeparator("\n").writeValues(new BufferedOutputStream(out, 1 << 16));
    }

    private void flush() throws IOException {
        requests.flush();
        minutes.flush();
        broken.flush();
    }

    private void read(InputStream in) throws IOException {
        byte[] buffer = new byte[1 << 16];
        int length = 0;
        int read;
        while ((read = in.read(buffer, length, buffer.length - length)) > 0) {
            length += read;
            int from = 0;
            for (int i = from; i < length; i++) {
                if (buffer[i] == '\n') {
                    line(Arrays.copyOfRange(buffer, from, i));
                    from = i + 1;
                }
            }
            System.arraycopy(buffer, from, buffer, 0, length - from);
            length -= from;
        }
    }

    private void line(byte[] line) throws IOException {
        Map<String, Object> request;
        try {
            request = log.parse(line);
        } catch (IllegalArgumentException e) {
            Map<String, Object> letter = new LinkedHashMap<>();
            letter.put("event", new String(line, StandardCharsets.UTF_8));
            letter.put("error", e.getMessage());
            broken.write(letter);
            return;
        }
        String path = (String) request.get("path");
        if (path != null) {
            int query = path.indexOf('?');
            if (HEALTH.contains(query < 0 ? path : path.substring(0, query))) {
                return;
            }
            int end = path.indexOf('/', 1);
            String section = path.substring(1, end < 0 ? path.length() : end);
            request.put("section", section);
            String team = teams.get(section);
            if (team != null) {
                request.put("team", team);
            }
        }
        count(request);
        requests.write(request);
    }

    private void count(Map<String, Object> request) throws IOException {
        long time = (Long) request.getOrDefault("@timestamp", 0L);
        Traffic cell =
                traffic.computeIfAbsent(new Cell(time / 60, request.getOrDefault("status", 0)), key -> new Traffic());
        cell.count++;
        cell.bytes += (Long) request.getOrDefault("bytes", 0L);
        if (time > newest) {
            newest = time;
            close(time - LATENESS);
        }
    }

    private void close(long before) throws IOException {
        for (var cells = traffic.entrySet().iterator(); cells.hasNext(); ) {
            Map.Entry<Cell, Traffic> entry = cells.next();
            Cell cell = entry.getKey();
            if ((cell.minute + 1) * 60 <= before) {
                Map<String, Object> line = new LinkedHashMap<>();
                line.put("minute", cell.minute * 60);
                line.put("status", cell.status);
                line.put("count", entry.getValue().count);
                line.put("bytes", entry.getValue().bytes);
                minutes.write(line);
                cells.remove();
            }
        }
    }
}
