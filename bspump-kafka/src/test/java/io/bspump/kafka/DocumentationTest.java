package io.bspump.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.config.Option;
import io.bspump.config.Options;
import io.bspump.config.OptionsTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The tables of options in docs/kafka.md are made from the options that the code declares. */
class DocumentationTest {

    private static final Path PAGE = Path.of("../docs/kafka.md");
    private static final String END = "<!-- end of options -->";

    @Test
    void tablesAreUpToDate() throws IOException {
        String fresh = Files.readString(PAGE);
        for (Class<?> type : List.of(
                KafkaConnection.class,
                KafkaSource.class,
                KafkaSink.class,
                KafkaKeyFilter.class,
                KafkaTopicInitializer.class)) {
            fresh = with(fresh, type.getSimpleName(), OptionsTable.markdown(own(type)));
        }
        fresh = with(fresh, "clients", clients());
        fresh = with(fresh, "librdkafka", librdkafka());
        fresh = with(fresh, "idle", idle());
        if (Boolean.getBoolean("bspump.docs.write")) {
            Files.writeString(PAGE, fresh);
        }
        assertThat(Files.readString(PAGE))
                .as("write it anew with: mvn test -pl bspump-kafka -Dtest=DocumentationTest -Dbspump.docs.write=true")
                .isEqualTo(fresh);
    }

    private static String with(String page, String name, String table) {
        String begin = "<!-- options: " + name + " -->\n";
        int from = page.indexOf(begin) + begin.length();
        int to = page.indexOf(END, from);
        assertThat(from).as(begin).isGreaterThan(begin.length());
        return page.substring(0, from) + table + page.substring(to);
    }

    /** Those that are not the driver's, which have a table for all. */
    private static Options own(Class<?> type) {
        return Options.of(Options.of(type).all().stream()
                .filter(option -> !option.doc().startsWith("Kafka's `"))
                .filter(option -> option.deprecation().isEmpty())
                .toArray(Option[]::new));
    }

    private static String clients() {
        Map<String, Collection<String>> rows = new LinkedHashMap<>();
        rows.put("connections, sources and sinks", new TreeSet<>());
        rows.put("connections", new TreeSet<>());
        rows.put("connections and sources", new TreeSet<>());
        rows.put("connections and sinks", new TreeSet<>());
        for (Option option : KafkaConnection.OPTIONS.all()) {
            if (option.doc().startsWith("Kafka's `")) {
                boolean source = isIn(KafkaSource.OPTIONS, option);
                boolean sink = isIn(KafkaSink.OPTIONS, option);
                String where = source && sink
                        ? "connections, sources and sinks"
                        : source ? "connections and sources" : sink ? "connections and sinks" : "connections";
                rows.get(where).add(option.name());
            }
        }
        return table("in the sections of", "options", rows);
    }

    private static boolean isIn(Options options, Option wanted) {
        return options.find(wanted.name())
                .filter(option -> option.deprecation().isEmpty())
                .isPresent();
    }

    private static String librdkafka() {
        Map<String, Collection<String>> rows = new LinkedHashMap<>();
        ClientOptions.translations()
                .forEach((name, others) -> rows.put("`" + ClientOptions.option(name) + "`", new TreeSet<>(others)));
        return table("here", "librdkafka", rows);
    }

    private static String idle() {
        Map<String, Collection<String>> rows = new TreeMap<>();
        IdleOptions.all().forEach((name, advice) -> rows.computeIfAbsent(advice, key -> new TreeSet<>())
                .add(name));
        return table("advice", "options without effect", rows);
    }

    private static String table(String left, String right, Map<String, Collection<String>> rows) {
        return rows.entrySet().stream()
                .map(row -> "| " + row.getKey() + " | "
                        + row.getValue().stream().map(name -> "`" + name + "`").collect(Collectors.joining(", "))
                        + " |\n")
                .collect(Collectors.joining("", "| " + left + " | " + right + " |\n| --- | --- |\n", ""));
    }
}
