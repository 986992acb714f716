package io.bspump.builder;

import java.util.List;
import java.util.Map;

/** A definition whose form is right and whose classes exist. */
record PumpDefinition(List<Element> connections, List<Element> lookups, List<PipelineElement> pipelines) {

    /**
     * One pipeline.
     *
     * @param path where it stands, such as {@code pipelines[0]}
     */
    record PipelineElement(
            String path,
            int line,
            String id,
            Map<String, Node> config,
            List<Element> sources,
            List<Element> processors,
            Element sink) {}
}
