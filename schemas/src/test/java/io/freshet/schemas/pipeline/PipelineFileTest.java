package io.freshet.schemas.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.freshet.schemas.pipeline.InvalidPipelineException.Problem;
import io.freshet.schemas.pipeline.Pipeline.Decision;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.pipeline.Pipeline.Source;
import io.freshet.schemas.pipeline.Pipeline.WindowFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PipelineFileTest {
    private static final Path FLIGHTS = Path.of("..", "pipelines", "flight-delays");
    private static final Path CARDS = Path.of("..", "pipelines", "card-fraud");

    @Test
    void shouldReadTheFlightsPipeline() throws Exception {
        Pipeline pipeline = parse(flights());

        assertThat(pipeline.name()).isEqualTo("flight-delays");
        assertThat(pipeline.partitions()).isEqualTo(1);
        assertThat(pipeline.event().rules()).containsOnlyKeys("distance-positive");
        assertThat(pipeline.label().await()).isEqualTo(Duration.ofHours(24));
        assertThat(pipeline.features().getFirst().name()).isEqualTo("distance");
        assertThat(pipeline.model().candidates())
                .containsExactly(Family.LOGISTIC_REGRESSION, Family.GRADIENT_BOOSTING, Family.NEURAL_NETWORK);
        assertThat(pipeline.model().task()).isEqualTo(new Pipeline.Task.Binary(new Decision.Costs(3, 1)));
        assertThat(pipeline.gate().bounds()).isEqualTo(Map.of(Metric.ROC_AUC, 0.55));
        assertThat(pipeline.drift().timeBetweenFalseAlarms()).isEqualTo(Duration.ofDays(30));
    }

    @Test
    void shouldReadTheCardFraudPipeline() throws Exception {
        // When
        Pipeline pipeline = PipelineFile.parse(
                "pipeline.yaml", read(CARDS, "pipeline.yaml"), name -> Optional.of(read(CARDS, name)));

        // Then: the Fraud Detection Handbook's fifteen features
        assertThat(pipeline.name()).isEqualTo("card-fraud");
        assertThat(pipeline.features()).hasSize(15);
        for (Pipeline.Feature feature : pipeline.features()) {
            if (feature instanceof WindowFeature window) {
                boolean ofCustomers = window.name().startsWith("customer");
                boolean risk = window.name().contains("risk");
                assertThat(window.source()).as(window.name()).isEqualTo(risk ? Source.LABEL : Source.EVENT);
                assertThat(window.by()).containsExactly(ofCustomers ? "customerId" : "terminalId");
                assertThat(window.window().includeSelf()).isEqualTo(ofCustomers);
                // A label window lies at the times of arrival, which come a week after the events already.
                assertThat(window.window().delay()).isEqualTo(Duration.ofDays(ofCustomers || risk ? 0 : 7));
                assertThat(window.name()).endsWith("_" + window.window().over().toDays() + "d");
            }
        }
    }

    @Test
    void shouldTakeFromOneToSixtyFourPartitions() throws Exception {
        assertThat(parse(flights() + "partitions: 64\n").partitions()).isEqualTo(64);
        for (String partitions : List.of("0", "65", "three")) {
            InvalidPipelineException refused = catchThrowableOfType(
                    InvalidPipelineException.class, () -> parse(flights() + "partitions: " + partitions + "\n"));

            assertThat(refused.problems()).singleElement().satisfies(problem -> {
                assertThat(problem.path()).isEqualTo("partitions");
                assertThat(problem.message()).contains("'" + partitions + "' must be a whole number from 1 to 64");
            });
        }
    }

    @Test
    void shouldTellEventFromLabelFeatures() throws Exception {
        Map<String, WindowFeature> windows = new java.util.HashMap<>();
        String withOneOverEverything = flights()
                .replace("features:\n", "features:\n  all_late_2h: { mean: label.delayMinutes, by: [], over: 2h }\n");

        for (Pipeline.Feature feature : parse(withOneOverEverything).features()) {
            if (feature instanceof WindowFeature window) {
                windows.put(window.name(), window);
            }
        }

        assertThat(windows.get("origin_flights_1h").source()).isEqualTo(Source.EVENT);
        assertThat(windows.get("origin_flights_1h").by()).containsExactly("origin");
        assertThat(windows.get("all_late_2h").source()).isEqualTo(Source.LABEL);
        assertThat(windows.get("all_late_2h").by()).isEmpty();
        assertThat(windows.get("origin_hour_late_21d").by()).containsExactly("origin", "hour");
        assertThat(windows.get("origin_hour_late_21d").window().over()).isEqualTo(Duration.ofDays(21));
    }

    @Test
    void shouldReportEveryMistakeAtOnceWithLinePathAndFix() {
        String broken = flights()
                .replace("id: flightId", "id: flightIdd")
                .replace("lateness: 1h", "lateness: soon")
                .replace("event.distance > 0", "event.distanc > 0")
                .replace("destination, over: 3h", "destination, over: 0h")
                .replace("by: [origin, hour]", "by: [origin, weather]")
                .replace("neural-network", "crystal-ball")
                .replace("holdout: 0.2", "holdout: 0.9")
                .replace("drift:  ", "drifft: ");

        List<Problem> problems = problemsOf(broken);

        assertThat(problems)
                .extracting(Problem::path)
                .contains(
                        "event.id",
                        "event.lateness",
                        "event.rules.distance-positive",
                        "features.destination_delay_3h.over",
                        "features.origin_hour_late_21d.by",
                        "model.candidates",
                        "training.holdout",
                        "drifft");
        assertThat(messageAt(problems, "event.id")).contains("flightIdd").contains("flightId,departure,origin");
        assertThat(messageAt(problems, "event.lateness")).contains("'soon'").contains("write 30s");
        assertThat(messageAt(problems, "event.rules.distance-positive")).contains("event.distance");
        assertThat(messageAt(problems, "model.candidates")).contains("logistic-regression, decision-tree");
        assertThat(messageAt(problems, "drifft")).contains("the keys here are").contains("drift");
        assertThat(problems).allSatisfy(problem -> assertThat(problem.line()).isPositive());
        assertThat(problems.stream()
                        .filter(p -> p.path().equals("event.lateness"))
                        .findFirst()
                        .orElseThrow()
                        .line())
                .isEqualTo(7);
    }

    @Test
    void shouldRefuseALabelThatIsNotTrueOrFalse() {
        assertThat(problemsOf(flights().replace("value: label.delayMinutes > 15\n", "value: label.delayMinutes\n")))
                .extracting(Problem::path)
                .containsExactly("label.value");
    }

    @Test
    void shouldRefuseAFeatureThatReadsTheLabelOfItsOwnEvent() {
        List<Problem> problems =
                problemsOf(flights().replace("{ value: event.distance }", "{ value: label.delayMinutes }"));

        assertThat(problems).extracting(Problem::path).containsExactly("features.distance.value");
    }

    @Test
    void shouldRefuseWhatIsNoMappingAtAll() {
        for (String yaml : List.of("", "- a\n- b", "just text", "a: [", "? {a: b}\n: c", "a: &x [*x]", "\u0000")) {
            assertThat(problemsOf(yaml)).as("problems of '%s'", yaml).isNotEmpty();
        }
    }

    @Test
    void shouldNotFollowTagsIntoJavaTypes() {
        List<Problem> problems = problemsOf("pipeline: !!javax.script.ScriptEngineManager []\n");

        assertThat(problems)
                .singleElement()
                .satisfies(problem -> assertThat(problem.message()).contains("Global tag"));
    }

    private static List<Problem> problemsOf(String yaml) {
        return catchThrowableOfType(InvalidPipelineException.class, () -> parse(yaml))
                .problems();
    }

    private static String messageAt(List<Problem> problems, String path) {
        return problems.stream()
                .filter(p -> p.path().equals(path))
                .findFirst()
                .orElseThrow()
                .message();
    }

    private static Pipeline parse(String yaml) throws InvalidPipelineException {
        return PipelineFile.parse("pipeline.yaml", yaml, name -> Optional.of(read(name)));
    }

    private static String flights() {
        return read("pipeline.yaml");
    }

    private static String read(String name) {
        return read(FLIGHTS, name);
    }

    private static String read(Path folder, String name) {
        try {
            return Files.readString(folder.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
