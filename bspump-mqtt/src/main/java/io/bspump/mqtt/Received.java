package io.bspump.mqtt;

import io.bspump.Emission;
import io.bspump.Partition;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A message on its way through the pipeline. */
final class Received extends Emission<byte[]> {

    private final Delivery delivery;

    Received(@Nullable Partition partition, Delivery delivery, long size, Map<String, Object> values) {
        super(partition, delivery.payload(), size, values);
        this.delivery = delivery;
    }

    Delivery delivery() {
        return delivery;
    }
}
