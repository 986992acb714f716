package io.bspump.json;

import com.fasterxml.jackson.core.ErrorReportConfiguration;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.IOException;
import java.time.temporal.Temporal;
import java.time.temporal.TemporalAmount;

/** The one configuration of Jackson that all processors of this package share. Thread-safe. */
final class Json {

    /** How much of an event's text an error may quote. */
    private static final int EXCERPT = 24;

    /** How much of a place an error may name. */
    private static final int MAX_PLACE = 100;

    static final JsonFactory FACTORY;
    static final ObjectMapper MAPPER;
    static final ObjectWriter WRITER;

    static {
        // The digits of doubles are the costliest part of an event; Java 17's own are slower, and not always the
        // shortest.
        JsonFactory factory = JsonFactory.builder()
                .errorReportConfiguration(ErrorReportConfiguration.builder()
                        .maxErrorTokenLength(EXCERPT)
                        .maxRawContentLength(0)
                        .build())
                .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
                .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
                .build();
        // What databases give as times must come out as text without another module of Jackson.
        SimpleModule times = new SimpleModule()
                .addSerializer(Temporal.class, ToStringSerializer.instance)
                .addSerializer(TemporalAmount.class, ToStringSerializer.instance);
        ObjectMapper mapper =
                new ObjectMapper(factory).registerModule(times).disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS);
        FACTORY = factory;
        MAPPER = mapper;
        WRITER = mapper.writer();
    }

    private Json() {}

    /** Returns the error of a text that could not be read, such as {@code the event}. */
    static IllegalArgumentException unreadable(String what, IOException cause) {
        if (!(cause instanceof JsonProcessingException problem)) {
            return new IllegalArgumentException(what + " is not JSON: " + cause.getMessage(), cause);
        }
        JsonLocation location = problem.getLocation();
        String where =
                location == null ? "" : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
        return new IllegalArgumentException(what + " is not JSON" + where + ": " + problem.getOriginalMessage(), cause);
    }

    /** Returns the error of an event that could not be written. */
    static IllegalArgumentException unwritable(Object event, JsonProcessingException cause) {
        return new IllegalArgumentException(
                "the event, a " + event.getClass().getName() + ", cannot be written as JSON at " + place(cause) + ": "
                        + cause.getOriginalMessage(),
                cause);
    }

    /** Returns where in the event it was, like {@code $.field[0]}. */
    private static String place(JsonProcessingException cause) {
        StringBuilder place = new StringBuilder("$");
        if (cause instanceof JsonMappingException mapping) {
            for (JsonMappingException.Reference step : mapping.getPath()) {
                place.append(step.getIndex() < 0 ? "." + step.getFieldName() : "[" + step.getIndex() + "]");
            }
        }
        return place.length() <= MAX_PLACE ? place.toString() : place.substring(0, MAX_PLACE) + "...";
    }
}
