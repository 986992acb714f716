package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ContextTest {

    private static final Map<String, Object> SHARED = Map.of("filename", "in", "n", 1);

    private static Context sharing() {
        return new Emission<>(null, "event", 0, SHARED).context();
    }

    @Test
    void holdsWhatIsPut() {
        Context context = new Context();
        assertThat(context.get("key")).isNull();
        assertThat(context.remove("key")).isNull();
        assertThat(context.asMap()).isEmpty();
        context.put("key", 1).put("key", 2);
        assertThat(context.get("key", Integer.class)).isEqualTo(2);
        assertThatThrownBy(() -> context.get("key", String.class)).isInstanceOf(ClassCastException.class);
        assertThat(context.remove("key")).isEqualTo(2);
        assertThat(context.asMap()).isEmpty();
    }

    @Test
    void sharesTheValuesOfItsSourceWithoutCopying() {
        assertThat(sharing().get("filename")).isEqualTo("in");
        assertThat(sharing().asMap()).isEqualTo(SHARED);
        assertThat(sharing().remove("other")).isNull();
    }

    @Test
    void aChangeStaysItsOwn() {
        Context changed = sharing().put("n", 2);
        Context other = sharing();
        other.remove("n");
        assertThat(changed.asMap()).isEqualTo(Map.of("filename", "in", "n", 2));
        assertThat(other.asMap()).isEqualTo(Map.of("filename", "in"));
        assertThat(SHARED).containsEntry("n", 1);
    }

    @Test
    void aCopyOfSharedValuesIsChangedAlone() {
        Context parent = sharing();
        Context child = new Context(parent, new Emission<>("child"));
        child.put("n", 2);
        assertThat(parent.get("n")).isEqualTo(1);
        assertThat(child.get("filename")).isEqualTo("in");
    }

    @Test
    void theMapCannotBeChanged() {
        assertThatThrownBy(() -> new Context().put("a", 1).asMap().put("b", 2))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> sharing().asMap().remove("n")).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void aMapThatChangesLaterIsCopied() {
        Map<String, Object> map = new java.util.HashMap<>(SHARED);
        Context context = new Emission<>(null, "event", 0, map).context();
        map.clear();
        assertThat(context.get("filename")).isEqualTo("in");
    }
}
