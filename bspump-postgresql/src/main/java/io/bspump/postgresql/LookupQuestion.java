package io.bspump.postgresql;

import java.util.Map;
import reactor.core.publisher.MonoSink;

/** Somebody asks for a row by its key. */
record LookupQuestion(Object key, MonoSink<Map<String, Object>> asker) {}
