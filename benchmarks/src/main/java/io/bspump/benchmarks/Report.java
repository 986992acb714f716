package io.bspump.benchmarks;

import java.io.PrintStream;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs the benchmarks and prints each as a ratio to the hand-written loop of the same run. */
public final class Report {

    private static final String ALLOCATED = "gc.alloc.rate.norm";

    private final Map<String, RunResult> results = new TreeMap<>();
    private final PrintStream out;

    private Report(PrintStream out) {
        this.out = out;
    }

    /**
     * Runs and prints.
     *
     * @param args patterns of the benchmarks to run; all without
     */
    public static void main(String... args) throws RunnerException {
        ChainedOptionsBuilder options =
                new OptionsBuilder().addProfiler(GCProfiler.class).shouldFailOnError(true);
        for (String pattern : args) {
            options = options.include(pattern);
        }
        new Report(System.out).print(new Runner(options.build()).run());
    }

    private void print(Collection<RunResult> runs) {
        for (RunResult run : runs) {
            String name = run.getParams().getBenchmark();
            String params = run.getParams().getParamsKeys().stream()
                    .map(run.getParams()::getParam)
                    .collect(Collectors.joining());
            results.put(name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1) + params, run);
        }
        out.println();
        out.println("| what | ns per event | ± | bytes per event | against | ratio |");
        out.println("| --- | ---: | ---: | ---: | --- | ---: |");
        results.forEach((name, run) -> row(name, run));
        stage();
    }

    private void row(String name, RunResult run) {
        Result<?> time = run.getPrimaryResult();
        String other = name.replaceFirst("\\.pump", ".loop").replaceFirst("Pump$", "Loop");
        RunResult loop = results.get(other);
        String ratio = other.equals(name) || loop == null
                ? " | "
                : other + " | " + format("%.2f", loop.getPrimaryResult().getScore() / time.getScore());
        out.println(format(
                "| %s | %.1f | %.1f | %.0f | %s |",
                name, time.getScore(), time.getScoreError(), allocated(run), ratio));
    }

    /** What one of five empty stages costs. */
    private void stage() {
        RunResult none = results.get("StageBenchmark.pump0");
        RunResult five = results.get("StageBenchmark.pump5");
        if (none != null && five != null) {
            out.println(format(
                    "| one empty stage | %.2f | | %.2f | |",
                    (five.getPrimaryResult().getScore()
                                    - none.getPrimaryResult().getScore())
                            / 5,
                    (allocated(five) - allocated(none)) / 5));
        }
    }

    private static double allocated(RunResult run) {
        return Objects.requireNonNull(run.getSecondaryResults().get(ALLOCATED), ALLOCATED)
                .getScore();
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
