package io.bspump;

import io.bspump.config.Config;
import io.bspump.config.ConfigException;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Configuration;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A pump as a process: reads the command line and pipelines.conf, owns the services, runs until it is stopped.
 *
 * <pre>{@code
 * Application app = new Application(args);
 * PumpService svc = app.pumpService();
 * svc.addConnection(new KafkaConnection(app, "KafkaConnection"));
 * svc.addPipeline(new MyPipeline(app, "MyPipeline"));
 * System.exit(app.run());
 * }</pre>
 *
 * <p>The constructor never fails because of the configuration or the command line; {@link #run} reports everything that is
 * wrong at once and starts nothing.
 *
 * <p>While it runs, SIGTERM and SIGINT stop it, a second one cuts the drain short, a third one kills it with exit code 70;
 * SIGHUP opens the file of the log anew and does what {@link #reload} does; SIGUSR1 resumes every pipeline that an error
 * has stopped.
 *
 * <p>All methods may be called by any thread.
 */
public class Application {

    private static final Logger LOG = LoggerFactory.getLogger(Application.class);
    private static final int BLOCKING_IDLE_SECONDS = 60;

    private final Scheduler lanes;
    private final Scheduler blocking;
    private final boolean ownsProcess;
    private final PubSub pubSub = new PubSub("Application");
    private final CompositeMeterRegistry meterRegistry = new CompositeMeterRegistry();
    private final AtomicInteger exitCode = new AtomicInteger();
    private final AtomicBoolean ran = new AtomicBoolean();
    private final Launcher launcher;
    private final Config general;
    private final Services services;
    private final PumpService pumpService;
    private final Reloads reloads;
    private final LifeCycle lifeCycle;
    private final @Nullable ConstructionErrors constructionErrors;

    /**
     * Makes an application for a process of its own. Should code on the calling thread fail before {@link #run} because of
     * the configuration or the command line, the process ends with exit code 2 and a list of what is wrong; see also
     * {@code --help}.
     *
     * @param args the command line; {@code --help} explains it
     */
    public Application(String... args) {
        this(newLanes(), newBlocking(), true, Console.ofProcess(), args);
    }

    /**
     * Makes an application inside another program, such as a test with virtual time. Ticks and drain timeouts go by the
     * clock of the lanes. The schedulers are not disposed; signals and failures of the calling thread are the program's own.
     *
     * @param lanes runs the pipelines, must not be blocked
     * @param blocking runs what may block
     * @param args as on a command line
     */
    protected Application(Scheduler lanes, Scheduler blocking, String... args) {
        this(lanes, blocking, false, Console.ofProcess(), args);
    }

    Application(Scheduler lanes, Scheduler blocking, boolean ownsProcess, Console console, String... args) {
        this.lanes = Objects.requireNonNull(lanes, "lanes");
        this.blocking = Objects.requireNonNull(blocking, "blocking");
        this.ownsProcess = ownsProcess;
        meterRegistry.add(new SimpleMeterRegistry());
        launcher = new Launcher(this, console, CommandLineOptions.parse(Launcher.commands(), args));
        general = configuration().section("general", Settings.GENERAL);
        pumpService = new PumpService(this, general.getDuration("drain_timeout"));
        services = new Services(this);
        services.add(pumpService);
        reloads = new Reloads(this, launcher);
        lifeCycle = new LifeCycle(this, services, launcher, reloads);
        ServiceLoader.load(ServiceFactory.class).forEach(factory -> services.add(factory.create(this)));
        // After the services, which may add registries: one that comes later misses what was counted before.
        FunctionCounter.builder("bspump.pubsub.failures", pubSub, PubSub::failures)
                .description("Subscribers of the application that threw")
                .register(meterRegistry);
        constructionErrors = ownsProcess ? ConstructionErrors.watch(launcher::explain) : null;
    }

    /** The version of bspump. */
    public static String version() {
        return Launcher.version();
    }

    /** The whole of pipelines.conf, with environment and command line applied, as it is in force now. */
    public final Configuration configuration() {
        return launcher.configuration();
    }

    /** The connections, lookups and pipelines. */
    public final PumpService pumpService() {
        return pumpService;
    }

    /**
     * The messages of the application: {@code Application.init!}, {@code run!}, {@code tick!}, {@code tick/10!} and its
     * siblings, {@code hup!}, {@code stop!}, {@code exit!}, and your own.
     */
    public final PubSub pubSub() {
        return pubSub;
    }

    /** Where all meters are registered; add a registry of a monitoring system to it to publish them. */
    public final MeterRegistry meterRegistry() {
        return meterRegistry;
    }

    /** Threads for work that blocks; bounded in number, daemon. */
    public final Scheduler blocking() {
        return blocking;
    }

    /**
     * The directory for what the pump has to remember, {@code [general] var_dir}, made if it does not exist. Defaults to
     * {@code var} in the working directory.
     *
     * @throws UncheckedIOException if it cannot be made
     */
    public final Path varDir() {
        Path directory = Path.of(general.get("var_dir")).toAbsolutePath();
        try {
            return Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "[general] var_dir must be a directory that can be made and written, was '" + directory + "'", e);
        }
    }

    /**
     * Registers a service. It is initialised when the application starts, or at once when that has happened.
     *
     * @return the same service
     * @throws IllegalArgumentException if its name is taken
     * @throws IllegalStateException if the application is stopping
     */
    public final <S extends Service> S addService(S service) {
        services.add(Objects.requireNonNull(service, "service"));
        return service;
    }

    /**
     * Finds the first registered service of a type.
     *
     * @throws IllegalArgumentException if there is none
     */
    public final <S extends Service> S getService(Class<S> type) {
        return services.find(type)
                .orElseThrow(() -> new IllegalArgumentException("there is no service of the type " + type.getName()));
    }

    /**
     * Finds a service by name, such as {@code bspump.PumpService}.
     *
     * @throws IllegalArgumentException naming the known ones if there is none
     */
    public final Service getService(String name) {
        return services.locate(name);
    }

    /**
     * Runs until everything has stopped: {@link #stop} was called, a signal came, or all pipelines have finished and
     * {@code [general] stop_when_finished} is not switched off. Blocks the calling thread; interrupting it means stop.
     *
     * @return 0 if all went well; 1 if the start failed or something unexpected happened; 2 if the configuration or the
     *     command line is wrong; 3 if it stopped with unsettled events, which come again at the next start; or a greater
     *     number given to {@link #setExitCode}
     * @throws IllegalStateException if it has run before
     */
    public final int run() {
        if (!ran.compareAndSet(false, true)) {
            throw new IllegalStateException("an application runs once, make another one");
        }
        if (constructionErrors != null) {
            constructionErrors.unwatch();
        }
        try {
            launcher.answer().ifPresentOrElse(this::setExitCode, lifeCycle::run);
            return exitCode.get();
        } finally {
            release();
        }
    }

    /** Asks for an orderly stop and returns at once; also before and during the start, and again. */
    public final void stop() {
        lifeCycle.requestStop();
    }

    /**
     * Reads the configuration again, in the same way as at the start, and puts into effect what is different, section by
     * section. A configuration with problems, of whatever kind the start would report, changes nothing.
     *
     * <ul>
     *   <li>A connection whose section is new is made, one whose section has changed is replaced as by {@link
     *       PumpService#updateConnection}, one whose section does not name a type any more is closed. When the new one does
     *       not connect, the old one stays, with its configuration.
     *   <li>A pipeline of whose sections one has changed is drained and stopped, made anew and started; what others feed it
     *       waits meanwhile. The others go on untouched.
     *   <li>A lookup whose section has changed is loaded anew and then takes the place of the old one, which stays if it cannot
     *       be loaded.
     *   <li>{@code [logging]} takes effect at once; all else after a restart, which the report says.
     * </ul>
     *
     * <p>One at a time: while one is under way, the next one waits for its end, and who asks meanwhile shares that next one.
     * Does nothing before the subscription; cancelling does not call it off. The report comes on a thread that may block.
     *
     * <p>Fails with an {@link IllegalStateException} if the application does not run, or is stopping.
     */
    public final Mono<ReloadReport> reload() {
        return reloads.reload();
    }

    /** Makes the exit code at least this one. */
    public final void setExitCode(int code) {
        exitCode.accumulateAndGet(code, Math::max);
    }

    /** Sees each source that a pipeline is built of and gives the one to use; test kits wrap it. Defaults to the same. */
    protected Source<?> wire(Source<?> source) {
        return source;
    }

    /** Sees each stage that a pipeline is built of and gives the one to use; test kits wrap it. Defaults to the same. */
    protected Stage<?, ?> wire(Stage<?, ?> stage) {
        return stage;
    }

    /**
     * Starts a pipeline without running the application, for test kits; completes when events flow or an error is shown.
     * Lookups that are not loaded are loaded before; fails if one cannot be.
     */
    protected final Mono<Void> startPipeline(Pipeline pipeline) {
        return pumpService.loadLookups().then(Mono.defer(pipeline::start));
    }

    /** Drains and stops a pipeline started by {@link #startPipeline}; completes when it has released everything. */
    protected final Mono<Void> stopPipeline(Pipeline pipeline) {
        return pipeline.stop();
    }

    /** Ends the drain of a pipeline that is being stopped now; what has not settled stays unsettled. */
    protected final void cutPipeline(Pipeline pipeline) {
        pipeline.cut();
    }

    /** The non-blocking threads on which the pipelines run, and the clock. */
    final Scheduler lanes() {
        return lanes;
    }

    /** Tells whether the process is there for this application alone, so that its signals are meant for it. */
    final boolean ownsProcess() {
        return ownsProcess;
    }

    /** Whether everything has been started and nothing is being stopped. */
    final boolean isRunning() {
        return lifeCycle.isRunning();
    }

    final List<ConfigProblem> checkServices() {
        return services.check();
    }

    final Disposable startTicks() {
        return Ticks.start(pubSub, general.getDuration("tick_period"), lanes, blocking);
    }

    /** Called when all pipelines have finished. */
    final void allFinished() {
        if (general.getBoolean("stop_when_finished") && !lifeCycle.isStopping()) {
            LOG.info("All pipelines have finished");
            stop();
        }
    }

    /**
     * Refuses what is added after the check of the configuration if its sections have problems.
     *
     * @param own problems beyond what the sections themselves have
     * @param held the sections that it has claimed, given up if it is refused
     * @throws ConfigException with all of them
     */
    final void refuseProblemsAtRunTime(String section, List<ConfigProblem> own, List<Config> held) {
        if (!lifeCycle.isConfigurationChecked()) {
            return;
        }
        List<ConfigProblem> problems = Stream.of(
                        own,
                        held.stream()
                                .flatMap(config -> config.problems().stream())
                                .toList(),
                        configuration().checkUnused())
                .flatMap(List::stream)
                .filter(problem -> concerns(problem.section(), section))
                .distinct()
                .toList();
        if (!problems.isEmpty()) {
            configuration().release(held);
            throw new ConfigException(problems);
        }
    }

    private static boolean concerns(@Nullable String name, String section) {
        return name != null && (name.equals(section) || name.startsWith(section + ":"));
    }

    private void release() {
        meterRegistry.close();
        if (ownsProcess) {
            lanes.dispose();
            blocking.dispose();
        }
    }

    private static Scheduler newLanes() {
        return Schedulers.newParallel("bspump-lane", Runtime.getRuntime().availableProcessors(), true);
    }

    private static Scheduler newBlocking() {
        return Schedulers.newBoundedElastic(
                Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE,
                Schedulers.DEFAULT_BOUNDED_ELASTIC_QUEUESIZE,
                "bspump-blocking",
                BLOCKING_IDLE_SECONDS,
                true);
    }
}
