package io.bspump.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * One contender in a process of its own, with the options of this one: where several share a process, the compiler knows of the calls
 * of all of them, and one collects the garbage of the other. It lives through all rounds and does nothing between its own.
 */
final class KafkaProgram implements AutoCloseable {

    private static final String BEGIN = "begin";
    private static final String END = "end";

    private final Process process;
    private final PrintWriter orders;
    private final BufferedReader answers;

    private KafkaProgram(Process process) {
        this.process = process;
        orders = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Starts the one of this name. */
    static KafkaProgram start(String name) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), KafkaProgram.class.getName(), name));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        return new KafkaProgram(process);
    }

    /** Has it begin a work. */
    void begin(KafkaWork work) throws IOException {
        order(String.join(
                " ", BEGIN, work.servers(), work.from(), work.to(), work.group(), Boolean.toString(work.json())));
    }

    /** Has it end that, and waits until it has; returns the processor time that it took, in ns. */
    long end() throws IOException {
        return order(END);
    }

    private long order(String text) throws IOException {
        orders.println(text);
        String answer = answers.readLine();
        if (answer == null) {
            throw new IOException("a contender has ended, when told to " + text);
        }
        return Long.parseLong(answer);
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }

    public static void main(String... args) throws IOException, InterruptedException {
        KafkaContenders.Contender contender =
                Objects.requireNonNull(KafkaContenders.all().get(args[0]), args[0]);
        KafkaContenders.Running running = () -> {};
        var orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        long before = 0;
        String order;
        while ((order = orders.readLine()) != null) {
            String[] words = order.split(" ", -1);
            if (words[0].equals(BEGIN)) {
                before = processorNanos();
                running = contender.start(
                        new KafkaWork(words[1], words[2], words[3], words[4], Boolean.parseBoolean(words[5])));
            } else {
                running.stop();
            }
            System.out.println(processorNanos() - before);
        }
        System.exit(0); // threads of the drivers may be left
    }

    private static long processorNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}
