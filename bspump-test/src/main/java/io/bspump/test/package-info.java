/**
 * The test kit for people who write pumps and parts of pumps. What it needs of JUnit and AssertJ comes with it.
 *
 * <ul>
 *   <li>{@link io.bspump.test.PipelineTester} runs a pipeline between scripted sources and recorders, in virtual time.
 *   <li>{@link io.bspump.test.ProcessorContract}, {@link io.bspump.test.GeneratorContract}, {@link
 *       io.bspump.test.SourceContract} and {@link io.bspump.test.SinkContract} prove components.
 *   <li>{@link io.bspump.test.PumpProcess} runs a pump as a process of its own, {@link io.bspump.test.ChaosRun} kills it
 *       again and again, {@link io.bspump.test.LossAccount} accounts for every event.
 *   <li>{@link io.bspump.test.FaultProxy} stands in front of a server and does what networks do, as a {@link
 *       io.bspump.test.FaultScript} says; {@link io.bspump.test.ConnectionContract} proves a connection with it.
 * </ul>
 */
@NullMarked
package io.bspump.test;

import org.jspecify.annotations.NullMarked;
