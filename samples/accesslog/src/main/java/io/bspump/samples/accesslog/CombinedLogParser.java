package io.bspump.samples.accesslog;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import java.util.Map;

/** Reads the lines of a log with a {@link CombinedLog}; what is no such line is an error. */
public final class CombinedLogParser extends Processor<byte[], Map<String, Object>> {

    private final CombinedLog log = new CombinedLog();

    /** Creates a parser whose id is {@code CombinedLogParser}. */
    public CombinedLogParser(Application app, Pipeline pipeline) {
        super(app, pipeline);
    }

    @Override
    protected Map<String, Object> process(Context context, byte[] event) {
        return log.parse(event);
    }
}
