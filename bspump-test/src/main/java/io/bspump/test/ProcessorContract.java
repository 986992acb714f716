package io.bspump.test;

/**
 * The contract of a {@link io.bspump.Processor}, {@link io.bspump.AsyncProcessor} or {@link io.bspump.BlockingProcessor},
 * for a component of your own: extend it in a test class and say how the component is made and what it is given.
 *
 * <pre>{@code
 * class UpperCaseContractTest extends ProcessorContract {
 *     protected Stage<?, ?> create(Application app, Pipeline pipeline) {
 *         return new UpperCase(app, pipeline);
 *     }
 *
 *     protected List<?> events() {
 *         return List.of("a", "b", "c");
 *     }
 * }
 * }</pre>
 *
 * <p>Results are compared as text; a class without a {@code toString} of its own is compared by name only.
 */
public abstract class ProcessorContract extends StageContract {

    /** For subclasses. */
    protected ProcessorContract() {}
}
