package io.freshet.quickstart;

import io.freshet.quickstart.platform.PlatformException;
import io.freshet.quickstart.send.TextTable;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.ModelRegistry;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.ModelStage;
import io.freshet.schemas.message.ModelStateChanged;
import io.freshet.schemas.registry.ModelTimeline;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code freshet models}: the registry, now or as it stood. */
@Command(
        name = "models",
        description =
                "Lists a pipeline's registered models, which of them serves and which challenges it, now or at a past time.",
        mixinStandardHelpOptions = true)
final class ModelsCommand implements Callable<Integer> {
    private static final Duration WITHIN = Duration.ofSeconds(30);
    private static final List<String> HEADINGS = List.of("VERSION", "FAMILY", "STATE", "SINCE", "METRICS", "RUN");
    private static final List<String> METRICS = List.of("roc-auc", "average-precision", "log-loss");

    @Parameters(paramLabel = "PIPELINE", description = "The pipeline's name.")
    private String pipeline = "";

    @Option(
            names = "--at",
            paramLabel = "INSTANT",
            description = "As it stood then, such as 2026-11-26T12:00:00Z; now unless given.")
    private @Nullable Instant at;

    @Mixin
    private Cluster cluster = new Cluster();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        Instant time = Objects.requireNonNullElseGet(at, Instant::now);
        List<ModelRegistered> models;
        ModelTimeline timeline;
        try (KafkaConnection connection = cluster.connect()) {
            Requests.requireDeclared(connection, pipeline);
            try (ModelRegistry registry = new ModelRegistry(connection)) {
                registry.awaitEnd(WITHIN);
                models = registry.models(pipeline);
                timeline = registry.at(pipeline, time);
            } catch (IllegalStateException e) {
                throw new PlatformException(String.valueOf(e.getMessage()), e);
            }
        }
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        List<List<String>> rows = models.stream()
                .filter(model -> !model.getRegisteredAt().isAfter(time))
                .map(model -> row(model, timeline.state(model.getVersion())))
                .toList();
        TextTable.lines(HEADINGS, rows).forEach(out::println);
        Instant second = time.truncatedTo(ChronoUnit.SECONDS);
        OptionalInt champion = timeline.champion();
        out.println(
                champion.isPresent()
                        ? "champion at " + second + ": version " + champion.getAsInt()
                        : "no model served at " + second);
        timeline.challenger()
                .ifPresent(change -> out.println(
                        "challenger at " + second + ": version " + change.getVersion() + ", " + state(change)));
        out.flush();
        return 0;
    }

    private static List<String> row(ModelRegistered model, Optional<ModelStateChanged> state) {
        return List.of(
                Integer.toString(model.getVersion()),
                Requests.plain(model.getFamily()),
                state.map(ModelsCommand::state).orElse("unknown"),
                state.map(ModelStateChanged::getChangedAt)
                        .orElse(model.getRegisteredAt())
                        .truncatedTo(ChronoUnit.SECONDS)
                        .toString(),
                metrics(model.getMetrics()),
                Requests.plain(model.getRunId()));
    }

    private static String state(ModelStateChanged change) {
        String state = change.getTo().name().toLowerCase(Locale.ROOT);
        return change.getTo() == ModelStage.CANARY
                ? state + " "
                        + BigDecimal.valueOf(change.getShare())
                                .movePointRight(2)
                                .stripTrailingZeros()
                                .toPlainString() + "%"
                : state;
    }

    /** Those that models are most compared by; of a task that has none of them, the first few. */
    private static String metrics(Map<String, Double> all) {
        List<String> shown = METRICS.stream().filter(all::containsKey).toList();
        Stream<String> names = shown.isEmpty() ? all.keySet().stream().sorted().limit(METRICS.size()) : shown.stream();
        return names.map(name -> Requests.plain(name) + " " + String.format(Locale.ROOT, "%.4f", all.get(name)))
                .collect(Collectors.joining(", "));
    }
}
