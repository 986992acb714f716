package io.bspump.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3RxClient;
import com.hivemq.client.mqtt.mqtt3.exceptions.Mqtt3SubAckException;
import com.hivemq.client.mqtt.mqtt3.message.connect.Mqtt3Connect;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3PublishResult;
import com.hivemq.client.mqtt.mqtt3.message.subscribe.Mqtt3Subscribe;
import com.hivemq.client.mqtt.mqtt3.message.unsubscribe.Mqtt3Unsubscribe;
import io.reactivex.Flowable;
import io.reactivex.disposables.Disposable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** MQTT 3.1.1. */
final class Wire3 implements Wire {

    /** The bytes of a packet beside topic and payload: its kind and length, that of the topic, its number. */
    private static final int MOST_OVERHEAD = 9;

    private final Mqtt3RxClient client;
    private final Mqtt3Connect connect;
    private final long maxPacketSize;

    Wire3(Mqtt3RxClient client, Mqtt3Connect connect, long maxPacketSize) {
        this.client = client;
        this.connect = connect;
        this.maxPacketSize = maxPacketSize;
    }

    @Override
    public Mono<Void> connect(Consumer<Boolean> accepted) {
        return Mono.from(client.connect(connect)
                        .doOnSuccess(answer -> accepted.accept(answer.isSessionPresent()))
                        .toFlowable())
                .then();
    }

    @Override
    public Mono<Void> disconnect() {
        return Mono.from(client.disconnect().toFlowable());
    }

    @Override
    public Disposable receive(Link link, Consumer<Delivery> receiver) {
        return client.publishes(MqttGlobalPublishFilter.ALL, true)
                .subscribe(publish -> receiver.accept(delivery(link, publish)), e -> {});
    }

    private static Delivery delivery(Link link, Mqtt3Publish publish) {
        MqttQos qos = publish.getQos();
        return new Delivery(
                link,
                publish.getTopic().toString(),
                qos,
                publish.isRetain(),
                publish.getPayloadAsBytes(),
                null,
                qos == MqttQos.AT_MOST_ONCE ? null : publish::acknowledge);
    }

    @Override
    public Mono<MqttQos> subscribe(Filter filter, MqttQos qos) {
        Mqtt3Subscribe subscribe =
                Mqtt3Subscribe.builder().topicFilter(filter.parsed()).qos(qos).build();
        return Mono.from(client.subscribe(subscribe).toFlowable())
                .map(answer -> MqttQos.fromCode(answer.getReturnCodes().get(0).getCode()))
                .onErrorMap(
                        Mqtt3SubAckException.class,
                        e -> new RefusedException("the broker refuses the subscription to '" + filter + "'", e));
    }

    @Override
    public Mono<Void> unsubscribe(Filter filter) {
        Mqtt3Unsubscribe unsubscribe =
                Mqtt3Unsubscribe.builder().topicFilter(filter.parsed()).build();
        return Mono.from(client.unsubscribe(unsubscribe).toFlowable());
    }

    /** This version has no way for the broker to say how much it takes, and the driver has no limit for it. */
    @Override
    public Object message(Publication publication) {
        long size = (long) MOST_OVERHEAD
                + publication.topic().toString().getBytes(UTF_8).length
                + publication.payload().length;
        if (size > maxPacketSize) {
            throw new IllegalArgumentException(
                    publication + " is larger than max_packet_size, which is " + maxPacketSize);
        }
        return Mqtt3Publish.builder()
                .topic(publication.topic())
                .payload(publication.payload())
                .qos(publication.qos())
                .retain(publication.retain())
                .build();
    }

    @Override
    public Disposable publish(Flowable<Object> messages, Results results) {
        return client.publish(messages.cast(Mqtt3Publish.class))
                .subscribe(result -> results.result(result.getPublish(), error(result)), e -> {});
    }

    private static @Nullable Throwable error(Mqtt3PublishResult result) {
        return result.getError().orElse(null);
    }
}
