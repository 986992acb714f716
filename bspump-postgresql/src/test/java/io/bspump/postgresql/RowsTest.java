package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

class RowsTest {

    private static final List<Column> COLUMNS = List.of(new Column("n", "n", "bigint", Kind.INTEGER, false, true));

    private final Map<Integer, Throwable> refused = new LinkedHashMap<>();
    private final List<Integer> asked = new ArrayList<>();

    /** An event that tells when its row is made. */
    private Object event(int number, Object value) {
        return new java.util.AbstractList<Object>() {
            @Override
            public Object get(int index) {
                asked.add(number);
                if (value instanceof RuntimeException e) {
                    throw e;
                }
                return value;
            }

            @Override
            public int size() {
                return 1;
            }
        };
    }

    private Rows rows(Object... values) {
        List<Object> events = new ArrayList<>();
        for (Object value : values) {
            events.add(event(events.size(), value));
        }
        return new Rows(events, COLUMNS, refused::put);
    }

    @Test
    void eachIsMadeOnceAndWhenItIsAskedFor() {
        Rows rows = rows(10, 11, 12);
        assertThat(rows.isEmpty()).isFalse();
        assertThat(asked).containsExactly(0);
        Iterator<Row> iterator = rows.iterator();
        assertThat(iterator.next().text(0)).isEqualTo("10");
        assertThat(iterator.next().text(0)).isEqualTo("11");
        assertThat(asked).containsExactly(0, 1);
        assertThat(rows).extracting(row -> row.text(0)).containsExactly("10", "11", "12");
        assertThat(rows.all()).hasSize(3);
        assertThat(asked).containsExactly(0, 1, 2);
        assertThat(refused).isEmpty();
    }

    @Test
    void eventsThatMakeNoneAreLeftOutAndTold() {
        Rows rows = rows("1", 2.5, 3, new IllegalStateException("broken"));
        assertThat(rows).extracting(Row::index).containsExactly(0, 2);
        assertThat(refused).containsOnlyKeys(1, 3);
        assertThat(refused.get(1)).hasMessage("column 'n' (bigint) takes whole numbers, was of Double with a fraction");
        assertThat(refused.get(3)).hasMessage("broken");
    }

    @Test
    void theRestIsMadeAtOnceWhenAllAreWanted() {
        Rows rows = rows(1, 2.5, 3);
        assertThat(rows.isEmpty()).isFalse();
        assertThat(rows.all()).extracting(Row::index).containsExactly(0, 2);
        assertThat(refused).containsOnlyKeys(1);
    }

    @Test
    void noneAtAll() {
        Rows rows = rows(1.5, 2.5);
        assertThat(rows.isEmpty()).isTrue();
        assertThat(refused).containsOnlyKeys(0, 1);
        assertThatThrownBy(rows.iterator()::next).isInstanceOf(NoSuchElementException.class);
    }
}
