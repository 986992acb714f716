package io.bspump.postgresql;

import io.r2dbc.spi.ColumnMetadata;
import io.r2dbc.spi.Readable;
import io.r2dbc.spi.RowMetadata;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The columns of a query: their names, and how their values are decoded. */
final class Columns {

    private final String[] names;
    private final ValueDecoder[] decoders;

    private Columns(String[] names, ValueDecoder[] decoders) {
        this.names = names;
        this.decoders = decoders;
    }

    /**
     * Returns those of a result whose values are text.
     *
     * @throws IllegalArgumentException if two have the same name
     */
    static Columns of(RowMetadata metadata, ColumnTypes types) {
        List<String> names = new ArrayList<>();
        List<ValueDecoder> decoders = new ArrayList<>();
        Set<String> known = new HashSet<>();
        for (ColumnMetadata column : metadata.getColumnMetadatas()) {
            if (!known.add(column.getName())) {
                throw new IllegalArgumentException(
                        "the query has two columns '" + column.getName() + "'; tell them apart with AS");
            }
            names.add(column.getName());
            decoders.add(types.of(((Number) column.getNativeTypeMetadata()).intValue()));
        }
        return new Columns(names.toArray(new String[0]), decoders.toArray(new ValueDecoder[0]));
    }

    /**
     * Returns where a column stands.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    int index(String name) {
        int index = List.of(names).indexOf(name);
        if (index < 0) {
            throw new IllegalArgumentException("incremental_column must be a column of the query, was '" + name
                    + "', it has " + String.join(", ", names));
        }
        return index;
    }

    /** Returns the values of a row as the server has sent them. */
    @Nullable
    String[] texts(Readable row) {
        @Nullable String[] texts = new @Nullable String[names.length];
        for (int i = 0; i < texts.length; i++) {
            RawText value = row.get(i, RawText.class);
            texts[i] = value == null ? null : value.text();
        }
        return texts;
    }

    /** Makes a row's event, a new map each time. */
    Map<String, @Nullable Object> event(@Nullable String[] texts) {
        Map<String, @Nullable Object> event = new LinkedHashMap<>(texts.length * 2);
        for (int i = 0; i < texts.length; i++) {
            String text = texts[i];
            event.put(names[i], text == null ? null : decoders[i].decodeOrKeep(text));
        }
        return event;
    }

    /** Returns how much memory an event takes, about. */
    static long size(@Nullable String[] texts) {
        long size = 64;
        for (String text : texts) {
            size += 64 + (text == null ? 0 : 2L * text.length());
        }
        return size;
    }
}
