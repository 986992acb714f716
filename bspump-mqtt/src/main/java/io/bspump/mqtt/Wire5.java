package io.bspump.mqtt;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5RxClient;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5SubAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5UnsubAckException;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5Connect;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5Disconnect;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PublishResult;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscribe;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.suback.Mqtt5SubAck;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.suback.Mqtt5SubAckReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.unsubscribe.Mqtt5Unsubscribe;
import io.reactivex.Flowable;
import io.reactivex.disposables.Disposable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** MQTT 5. */
final class Wire5 implements Wire {

    private final Mqtt5RxClient client;
    private final Mqtt5Connect connect;

    Wire5(Mqtt5RxClient client, Mqtt5Connect connect) {
        this.client = client;
        this.connect = connect;
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
        return Mono.from(client.disconnect(Mqtt5Disconnect.builder().build()).toFlowable());
    }

    @Override
    public Disposable receive(Link link, Consumer<Delivery> receiver) {
        return client.publishes(MqttGlobalPublishFilter.ALL, true)
                .subscribe(publish -> receiver.accept(delivery(link, publish)), e -> {});
    }

    private static Delivery delivery(Link link, Mqtt5Publish publish) {
        MqttQos qos = publish.getQos();
        return new Delivery(
                link,
                publish.getTopic().toString(),
                qos,
                publish.isRetain(),
                publish.getPayloadAsBytes(),
                Properties.arePresent(publish) ? publish : null,
                qos == MqttQos.AT_MOST_ONCE ? null : publish::acknowledge);
    }

    @Override
    public Mono<MqttQos> subscribe(Filter filter, MqttQos qos) {
        Mqtt5Subscribe subscribe =
                Mqtt5Subscribe.builder().topicFilter(filter.parsed()).qos(qos).build();
        return Mono.from(client.subscribe(subscribe).toFlowable())
                .map(answer -> MqttQos.fromCode(code(answer).getCode()))
                .onErrorMap(
                        Mqtt5SubAckException.class,
                        e -> new RefusedException(
                                "the broker refuses the subscription to '" + filter + "': "
                                        + Reason.of(code(e.getMqttMessage())),
                                e));
    }

    private static Mqtt5SubAckReasonCode code(Mqtt5SubAck answer) {
        return answer.getReasonCodes().get(0);
    }

    @Override
    public Mono<Void> unsubscribe(Filter filter) {
        Mqtt5Unsubscribe unsubscribe =
                Mqtt5Unsubscribe.builder().topicFilter(filter.parsed()).build();
        return Mono.from(client.unsubscribe(unsubscribe).toFlowable())
                .then()
                .onErrorResume(Mqtt5UnsubAckException.class, e -> Mono.empty());
    }

    @Override
    public Object message(Publication publication) {
        var builder = Mqtt5Publish.builder()
                .topic(publication.topic())
                .payload(publication.payload())
                .qos(publication.qos())
                .retain(publication.retain());
        Properties properties = publication.properties();
        return properties == null ? builder.build() : properties.addTo(builder).build();
    }

    @Override
    public Disposable publish(Flowable<Object> messages, Results results) {
        return client.publish(messages.cast(Mqtt5Publish.class))
                .subscribe(result -> results.result(result.getPublish(), error(result)), e -> {});
    }

    private static @Nullable Throwable error(Mqtt5PublishResult result) {
        return result.getError().orElse(null);
    }
}
