package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LsnTest {

    @Test
    void isWrittenAsTheServerDoes() {
        assertThat(Lsn.text(0x16_B374D848L)).isEqualTo("16/B374D848");
        assertThat(Lsn.text(-1)).isEqualTo("FFFFFFFF/FFFFFFFF");
        assertThat(Lsn.parse("16/B374D848")).isEqualTo(0x16_B374D848L);
        assertThat(Lsn.parse("FFFFFFFF/FFFFFFFF")).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "16", "/1", "x/1", "1/"})
    void whatIsNoneIsRefused(String text) {
        assertThatThrownBy(() -> Lsn.parse(text)).hasMessage("'" + text + "' is no place in the write-ahead log");
    }
}
