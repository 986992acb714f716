package io.bspump.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.client.EncodedParameter;
import io.r2dbc.postgresql.codec.Codec;
import io.r2dbc.postgresql.codec.CodecRegistry;
import io.r2dbc.postgresql.extension.CodecRegistrar;
import io.r2dbc.postgresql.message.Format;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * A value of any type as the server writes it: to be asked for as the class of a column's value, where the result is text. The
 * driver's own way to texts does not lead to those of arrays, and looks for one anew each time.
 */
record RawText(String text) {

    /** Teaches it to the sessions of a driver. */
    static final class Registrar implements CodecRegistrar {
        @Override
        public Publisher<Void> register(
                PostgresqlConnection connection, ByteBufAllocator allocator, CodecRegistry registry) {
            // There are others that decode arrays, whatever class is asked for.
            return Mono.fromRunnable(() -> registry.addFirst(new Decoder()));
        }
    }

    private static final class Decoder implements Codec<RawText> {

        @Override
        public boolean canDecode(int dataType, Format format, Class<?> type) {
            return type == RawText.class && format == Format.FORMAT_TEXT;
        }

        @Override
        public @Nullable RawText decode(
                @Nullable ByteBuf buffer, int dataType, Format format, Class<? extends RawText> type) {
            return buffer == null ? null : new RawText(buffer.toString(StandardCharsets.UTF_8));
        }

        @Override
        public boolean canEncode(Object value) {
            return false;
        }

        @Override
        public boolean canEncodeNull(Class<?> type) {
            return false;
        }

        @Override
        public EncodedParameter encode(Object value) {
            throw new UnsupportedOperationException("values are only read like this");
        }

        @Override
        public EncodedParameter encode(Object value, int dataType) {
            throw new UnsupportedOperationException("values are only read like this");
        }

        @Override
        public EncodedParameter encodeNull() {
            throw new UnsupportedOperationException("values are only read like this");
        }
    }
}
