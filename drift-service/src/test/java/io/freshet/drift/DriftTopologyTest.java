package io.freshet.drift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.drift.performance.Outcomes;
import io.freshet.drift.performance.PerformanceLayout;
import io.freshet.profiles.Profile;
import io.freshet.schemas.message.AlertKind;
import io.freshet.schemas.message.AlertState;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.DriftAlert;
import io.freshet.schemas.message.Evaluation;
import io.freshet.schemas.message.Incident;
import io.freshet.schemas.message.IncidentKind;
import io.freshet.schemas.message.MetricEstimate;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.ModelRole;
import io.freshet.schemas.message.PartitionProfile;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.wire.WireFormat;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DriftTopologyTest {
    private static final String URL = "mock://drift-topology";
    private static final Instant CLOCK = Shops.START.plus(Duration.ofDays(30));

    private Pipeline pipeline = Shops.pipeline();
    private final FeatureRowSchema schema = FeatureRowSchema.of(pipeline);
    private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
    private final KafkaAvroSerializer writer = WireFormat.serializer(registry, URL);
    private final Random random = new Random(7);

    @TempDir
    Path directory;

    private TopologyTestDriver driver;
    private int row;

    @BeforeEach
    void start() {
        start(pipeline, Optional.empty());
    }

    /** With three partitions, of which the test driver knows the first only: the others are idle. */
    private void startWithThreePartitions() {
        driver.close();
        pipeline = Shops.pipeline(3);
        start(pipeline, Optional.empty());
        for (int partition = 1; partition < 3; partition++) {
            Arrival.Progress idle = new Arrival.Progress(Panes.NONE, partition, true, Map.of(), Panes.NONE);
            send("shops.profiles", report().write(partition, idle, CLOCK));
        }
    }

    private PartitionReport report() {
        return new PartitionReport(new FeatureSets(pipeline, Optional.empty()));
    }

    private void start(Pipeline declared, Optional<Pipeline> superseded) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "drift-test");
        settings.put(StreamsConfig.STATE_DIR_CONFIG, directory.toString());
        settings.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
        driver = new TopologyTestDriver(
                DriftTopology.of(
                        declared, superseded, registry, URL, InstantSource.fixed(CLOCK), PerformanceGauges.NONE),
                settings,
                CLOCK);
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void shouldHaveTheReviewedTopology() throws IOException {
        for (int partitions : List.of(1, 3)) {
            Topology topology = DriftTopology.of(
                    Shops.pipeline(partitions),
                    Optional.empty(),
                    registry,
                    URL,
                    InstantSource.system(),
                    PerformanceGauges.NONE);
            byte[] golden = DriftTopologyTest.class
                    .getResourceAsStream(partitions == 1 ? "topology.txt" : "topology-partitions.txt")
                    .readAllBytes();

            assertThat(topology.describe().toString()).isEqualTo(new String(golden, StandardCharsets.UTF_8));
        }
    }

    @Test
    void shouldAlertOnAShiftSeenInOneOfThreePartitions() {
        startWithThreePartitions();
        serve(Shops.reference(1, 0, 1));
        rows(8 * Shops.ROWS_IN_PANE, 0);
        for (int i = 0; i < 100; i++) {
            send("shops.examples", example(Shops.time(row)));
        }
        rows(8 * Shops.ROWS_IN_PANE, 1.5);
        assertThat(alerts()).as("before the partition has told").isEmpty();

        driver.advanceWallClockTime(PartitionProcessor.TELL_EVERY);

        assertThat(alerts().getFirst().getState()).isEqualTo(AlertState.OPEN);
        assertThat(requests())
                .singleElement()
                .satisfies(request -> assertThat(request.getReason()).isEqualTo(RetrainReason.DRIFT));
    }

    @Test
    void shouldCountWhatItCannotUseOfPartitionsAndGoOn() {
        startWithThreePartitions();
        PartitionReport report = report();
        Arrival.PanePart part = new Arrival.PanePart(
                Shops.time(0), Shops.featureSet(), new PaneLayout(pipeline, pipeline.features()).emptyPane());
        Shops.eachSeed(50, seeded -> {
            byte[] hostile = new byte[seeded.nextInt(64)];
            seeded.nextBytes(hostile);
            PartitionProfile damaged = report.write(0, part, CLOCK);
            damaged.getPane().setContent(ByteBuffer.wrap(hostile));
            send("shops.profiles", damaged);
        });
        assertThat(skipped(SkipReason.UNDECODABLE)).isEqualTo(50);
        send("shops.profiles", report.write(3, part, CLOCK));
        send("shops.profiles", report.write(-1, part, CLOCK));
        PartitionProfile empty = report.write(0, part, CLOCK);
        empty.setPane(null);
        send("shops.profiles", empty);
        Pane otherFeatures = new Pane(Profile.builder().numeric("a").build());
        send(
                "shops.profiles",
                report.write(0, new Arrival.PanePart(Shops.time(0), Shops.featureSet(), otherFeatures), CLOCK));
        assertThat(skipped(SkipReason.SCHEMA_MISMATCH)).isEqualTo(4);
        PartitionProfile longer = report.write(0, part, CLOCK);
        longer.getPane().setEnd(CLOCK);
        send("shops.profiles", longer);
        assertThat(skipped(SkipReason.LAYOUT_CHANGED)).isEqualTo(1);
        send("shops.features", (byte[]) null);
        assertThat(skipped(SkipReason.TOMBSTONE)).isEqualTo(1);
        send("shops.predictions", prediction(Shops.time(0), 1, 0.5));
        assertThat(skipped(SkipReason.AHEAD_OF_ROWS)).isEqualTo(1);

        serve(Shops.reference(1, 3, 1));
        rows(9 * Shops.ROWS_IN_PANE, 0);
        driver.advanceWallClockTime(PartitionProcessor.TELL_EVERY);
        assertThat(alerts().getFirst().getState()).isEqualTo(AlertState.OPEN);
        rows(1, 0);
        send("shops.features", row(Shops.time(0), 0));
        driver.advanceWallClockTime(PartitionProcessor.TELL_EVERY);
        assertThat(skipped(SkipReason.LATE)).isEqualTo(1);
    }

    @Test
    void shouldStayQuietOnAStationaryStream() {
        serve(Shops.reference(1, 0, 1));
        rows(30 * Shops.ROWS_IN_PANE, 0);

        assertThat(alerts()).isEmpty();
        assertThat(requests()).isEmpty();
    }

    @Test
    void shouldAlertOnAShiftedFeatureAndResolveUnderANewChampion() {
        serve(Shops.reference(1, 0, 1));
        rows(8 * Shops.ROWS_IN_PANE, 0);
        for (int i = 0; i < 100; i++) {
            send("shops.examples", example(Shops.time(row)));
        }
        rows(8 * Shops.ROWS_IN_PANE, 1.5);

        List<DriftAlert> alerts = alerts();
        assertThat(alerts.getFirst().getState()).isEqualTo(AlertState.OPEN);
        assertThat(alerts).allSatisfy(alert -> {
            assertThat(alert.getAlertId()).isEqualTo(alerts.getFirst().getAlertId());
            assertThat(alert.getFeatures().getFirst().getFeature()).isEqualTo("a");
            assertThat(alert.getFeatures()).hasSize(1);
            assertThat(alert.getMessage()).startsWith("a differs from what model v1 was trained on: a ");
            assertThat(alert.getRows()).isEqualTo(7L * Shops.ROWS_IN_PANE);
            assertThat(Duration.between(alert.getWindowStart(), alert.getWindowEnd()))
                    .isEqualTo(Duration.ofHours(7));
        });
        assertThat(alerts.getFirst().getFeatures().getFirst().getBaseline()).matches("mean .* ± .*, .* % null");
        List<RetrainRequest> requests = requests();
        assertThat(requests).singleElement().satisfies(request -> {
            assertThat(request.getReason()).isEqualTo(RetrainReason.DRIFT);
            assertThat(request.getAlertId()).isEqualTo(alerts.getFirst().getAlertId());
        });

        send("training-runs", run(requests.getFirst().getRequestId(), 2));
        serve(Shops.reference(2, 1.5, 2));

        assertThat(alerts()).singleElement().satisfies(alert -> {
            assertThat(alert.getState()).isEqualTo(AlertState.RESOLVED);
            assertThat(alert.getModelVersion()).isEqualTo(2);
            assertThat(alert.getFeatures()).isEmpty();
        });
    }

    @Test
    void shouldAlertAndAskWhenTheModelDoesWorseThanItPromised() {
        promise(1);
        send("deployments", deployment(1));
        answers(150, ModelRole.CANARY, 0.95);
        answers(300, ModelRole.CHAMPION, 0.2);
        assertThat(alerts()).isEmpty();
        answers(500, ModelRole.CHAMPION, 0.9);

        List<DriftAlert> alerts = alerts();
        assertThat(alerts).isNotEmpty().allSatisfy(alert -> {
            assertThat(alert.getKind()).isEqualTo(AlertKind.PERFORMANCE);
            assertThat(alert.getAlertId()).isEqualTo(alerts.getFirst().getAlertId());
            assertThat(alert.getModelVersion()).isEqualTo(1);
            assertThat(alert.getFeatures()).isEmpty();
        });
        assertThat(alerts.getFirst().getState()).isEqualTo(AlertState.OPEN);
        assertThat(alerts.getFirst().getMessage()).startsWith("Model v1 does worse than it promised: log-loss ");
        assertThat(alerts.getFirst().getPerformance()).satisfies(performance -> {
            assertThat(performance.getMetric()).isEqualTo("log-loss");
            assertThat(performance.getPromised()).isEqualTo(0.5);
            assertThat(performance.getPromisedHigh()).isEqualTo(0.52);
            assertThat(performance.getRealised()).isGreaterThan(0.572).isLessThan(2.3);
            assertThat(performance.getPredictions()).isBetween(350L, 430L);
            assertThat((double) alerts.getFirst().getRows() / performance.getPredictions())
                    .isBetween(0.99, 1.0);
            assertThat(performance.getMetrics()).containsKeys("roc-auc", "average-precision", "brier", "recall");
        });
        assertThat(requests()).singleElement().satisfies(request -> {
            assertThat(request.getReason()).isEqualTo(RetrainReason.PERFORMANCE);
            assertThat(request.getAlertId()).isEqualTo(alerts.getFirst().getAlertId());
            assertThat(request.getEvidence()).contains("log-loss").contains("labels have arrived");
        });

        send("deployments", deployment(2));

        assertThat(alerts()).singleElement().satisfies(alert -> {
            assertThat(alert.getState()).isEqualTo(AlertState.RESOLVED);
            assertThat(alert.getPerformance()).isNull();
        });
    }

    @Test
    void shouldFindInOneOfThreePartitionsThatTheModelDoesWorse() {
        startWithThreePartitions();
        promise(1);
        send("deployments", deployment(1));
        answers(500, ModelRole.CHAMPION, 0.9);
        driver.advanceWallClockTime(PartitionProcessor.TELL_EVERY);

        assertThat(alerts().getFirst().getKind()).isEqualTo(AlertKind.PERFORMANCE);
        assertThat(requests())
                .singleElement()
                .satisfies(request -> assertThat(request.getReason()).isEqualTo(RetrainReason.PERFORMANCE));
        PartitionProfile hostile = report().write(
                        0,
                        new Arrival.OutcomesPart(
                                new PerformanceLayout(pipeline).start(CLOCK.toEpochMilli()), 1, new Outcomes()),
                        CLOCK);
        hostile.getOutcomes().setContent(ByteBuffer.wrap(new byte[] {1, 2, 3}));
        send("shops.profiles", hostile);
        assertThat(skipped(SkipReason.UNDECODABLE)).isEqualTo(1);
        hostile.getOutcomes().setEnd(CLOCK);
        send("shops.profiles", hostile);
        assertThat(skipped(SkipReason.LAYOUT_CHANGED)).isEqualTo(1);
    }

    /** Rows three minutes and a half apart with an answer each, whose label is known with the next; a fifth is positive. */
    private void answers(int howMany, ModelRole role, double score) {
        for (int i = 0; i < howMany; i++) {
            long time = Shops.time(row);
            send("shops.features", row(time, 0));
            Prediction prediction = prediction(time, role == ModelRole.CHAMPION ? 1 : 2, score);
            prediction.setEventId("e" + time);
            prediction.setRole(role);
            prediction.setDecision(score > 0.5);
            send("shops.predictions", prediction);
            long labelled = Shops.time(row - 7);
            Instant at = Instant.ofEpochMilli(labelled);
            send(
                    "shops.examples",
                    schema.toRecord(new Example(
                            new FeatureRow(
                                    "e" + labelled, "k", at, schema.featureSet(), null, at, Shops.values(random, 0)),
                            row % 5 == 0 ? 1 : 0,
                            Instant.ofEpochMilli(time))));
            row += 7;
        }
    }

    /** A run that says what the version did on its hold-out. */
    private void promise(int version) {
        TrainingRun run = run("other", version);
        run.setChallenger(Evaluation.newBuilder()
                .setRows(100)
                .setPositives(20)
                .setThreshold(0.5)
                .setTruePositives(1)
                .setFalsePositives(1)
                .setFalseNegatives(1)
                .setTrueNegatives(1)
                .setEstimates(List.of(new MetricEstimate("log-loss", 0.5, 0.48, 0.52)))
                .build());
        send("training-runs", run);
    }

    @Test
    void shouldRaiseAnIncidentInPlaceOfARequestWhenAFeatureLosesItsValues() {
        serve(Shops.reference(1, 0, 1));
        for (int i = 0; i < 100; i++) {
            send("shops.examples", example(Shops.time(0)));
        }
        rows(8 * Shops.ROWS_IN_PANE, 0);
        for (int i = 0; i < 9 * Shops.ROWS_IN_PANE; i++) {
            Instant at = Instant.ofEpochMilli(Shops.time(row++));
            List<Object> values = Shops.values(random, 0);
            values.set(1, null);
            send(
                    "shops.features",
                    schema.toRecord(new FeatureRow("e", "k", at, schema.featureSet(), null, at, values)));
        }

        String alert = alerts().getFirst().getAlertId();
        assertThat(requests()).isEmpty();
        assertThat(read("incidents", Incident.class)).singleElement().satisfies(incident -> {
            assertThat(incident.getKind()).isEqualTo(IncidentKind.SCHEMA_BREAK);
            assertThat(incident.getPipeline()).isEqualTo("shops");
            assertThat(incident.getFeature()).isEqualTo("b");
            assertThat(incident.getAlertId()).isEqualTo(alert);
            assertThat(incident.getEvidence()).containsEntry("missing", 1.0);
            assertThat(incident.getRaisedAt()).isEqualTo(CLOCK);
        });
    }

    @Test
    void shouldAskBySchedule() {
        driver.close();
        start(Shops.scheduled("0 * * * *"), Optional.empty());
        serve(Shops.reference(1, 0, 1));
        for (int i = 0; i < 100; i++) {
            send("shops.examples", example(Shops.time(i)));
        }
        driver.advanceWallClockTime(DriftProcessor.LOOK_AT_SCHEDULE);
        assertThat(requests()).isEmpty();

        for (int i = 0; i < 100; i++) {
            driver.advanceWallClockTime(Duration.ofMinutes(1));
        }

        assertThat(requests()).singleElement().satisfies(request -> {
            assertThat(request.getRequestId()).isEqualTo("shops-schedule-" + CLOCK.plus(Duration.ofHours(1)));
            assertThat(request.getReason()).isEqualTo(RetrainReason.SCHEDULE);
            assertThat(request.getNewLabels()).isEqualTo(100);
            assertThat(request.getEventTime()).isEqualTo(Instant.ofEpochMilli(Shops.time(99)));
        });
    }

    @Test
    void shouldCompareAModelWithTheFeaturesThatItWasTrainedOnThoughTheirDefinitionsChanged() {
        driver.close();
        Pipeline changed = Shops.pipeline("a: { value: event.a * 100.0 }, b: { value: event.b }", "7h");
        FeatureRowSchema rows = FeatureRowSchema.of(changed);
        start(changed, Optional.of(pipeline));
        serve(Shops.reference(1, 0, 1));

        changedRows(rows, 10 * Shops.ROWS_IN_PANE, 0);
        assertThat(alerts()).isEmpty();
        changedRows(rows, 10 * Shops.ROWS_IN_PANE, 1.5);

        assertThat(alerts().getFirst().getFeatures())
                .singleElement()
                .satisfies(drift -> assertThat(drift.getFeature()).isEqualTo("a"));
        for (int i = 0; i < 500; i++) {
            Instant at = Instant.ofEpochMilli(Shops.time(i));
            FeatureRow row = new FeatureRow("e", "k", at, rows.featureSet(), null, at, List.of(1.0, 1.0));
            send("shops.examples", rows.toRecord(new Example(row, 1, at)));
        }
        assertThat(requests())
                .singleElement()
                .satisfies(request -> assertThat(request.getReason()).isEqualTo(RetrainReason.DECLARATION_CHANGED));
    }

    /** Rows of a changed declaration with the superseded features beside. */
    private void changedRows(FeatureRowSchema rows, int howMany, double shift) {
        for (int i = 0; i < howMany; i++) {
            Instant at = Instant.ofEpochMilli(Shops.time(row++));
            List<Object> before = Shops.values(random, shift);
            List<Object> now =
                    Arrays.asList(before.get(0) instanceof Double a ? (Object) (100 * a) : null, before.get(1));
            send(
                    "shops.features",
                    rows.toRecord(new FeatureRow(
                            "e" + at,
                            "k",
                            at,
                            rows.featureSet(),
                            null,
                            at,
                            now,
                            List.of(new FeatureRow.Part(Shops.featureSet(), Shops.named(before))))));
        }
    }

    @Test
    void shouldJudgeTheScoresOfTheServingModelOnly() {
        Reference trained = Shops.reference(1, 0, 1);
        Profile baseline = Profile.builder()
                .numeric("a")
                .numeric("b")
                .categorical("kind")
                .numeric("score")
                .build();
        for (int i = 0; i < 2_000; i++) {
            Map<String, Object> values = Shops.named(Shops.values(random, 0));
            values.put("score", random.nextDouble() / 2);
            baseline.add(values);
        }
        Map<String, Double> thresholds = new HashMap<>(trained.thresholds());
        thresholds.put("score", 0.25);
        serve(new Reference(1, Shops.featureSet(), baseline, thresholds));
        for (int i = 0; i < 8 * Shops.ROWS_IN_PANE + 30; i++) {
            rows(1, 0);
            send("shops.predictions", prediction(Shops.time(row - 1), 1, random.nextDouble() / 2));
        }
        assertThat(alerts()).isEmpty();
        for (int i = 0; i < 8 * Shops.ROWS_IN_PANE; i++) {
            rows(1, 0);
            send("shops.predictions", prediction(Shops.time(row - 1), 1, 0.5 + random.nextDouble() / 2));
        }

        assertThat(alerts().getFirst().getFeatures())
                .singleElement()
                .satisfies(drift -> assertThat(drift.getFeature()).isEqualTo("score"));
    }

    @Test
    void shouldAskForAFirstModelAtExactlyTheDeclaredNumberOfExamples() {
        for (int i = 0; i < 499; i++) {
            send("shops.examples", example(Shops.time(i)));
        }
        assertThat(requests()).isEmpty();

        send("shops.examples", example(Shops.time(499)));

        assertThat(requests()).singleElement().satisfies(request -> {
            assertThat(request.getReason()).isEqualTo(RetrainReason.FIRST_MODEL);
            assertThat(request.getEventTime()).isEqualTo(Instant.ofEpochMilli(Shops.time(499)));
            assertThat(request.getWriter()).isEqualTo("drift-service");
        });
    }

    @Test
    void shouldCountWhatItCannotUseAndGoOn() {
        Shops.eachSeed(20, seeded -> {
            for (String topic : List.of(
                    "shops.features",
                    "shops.predictions",
                    "shops.examples",
                    "models",
                    "deployments",
                    "training-runs")) {
                byte[] hostile = new byte[seeded.nextInt(64)];
                seeded.nextBytes(hostile);
                send(topic, hostile);
                send(topic, (byte[]) null);
                byte[] cut = writer.serialize(topic, deployment(1));
                send(topic.equals("deployments") ? "models" : topic, cut);
                send(topic, Arrays.copyOf(cut, 5 + seeded.nextInt(cut.length - 5)));
            }
        });
        rows(1, 0);
        send("shops.features", row(Instant.parse("9999-01-01T00:00:00Z").toEpochMilli(), 0));
        send("shops.features", wrongType());
        ModelRegistered noBaseline = model(Shops.reference(3, 0, 1));
        noBaseline.setBaseline(ByteBuffer.wrap(new byte[] {1, 2, 3}));
        send("models", noBaseline);
        ModelRegistered noThreshold = model(Shops.reference(3, 0, 1));
        noThreshold.setDriftThresholds(Map.of("a", Double.NaN));
        send("models", noThreshold);

        assertThat(skipped(SkipReason.TOMBSTONE)).isEqualTo(120);
        assertThat(skipped(SkipReason.UNDECODABLE) + skipped(SkipReason.UNKNOWN_SCHEMA))
                .isGreaterThan(120);
        assertThat(skipped(SkipReason.SCHEMA_MISMATCH)).isGreaterThan(100);
        assertThat(skipped(SkipReason.TIME_OUT_OF_RANGE)).isEqualTo(1);
        assertThat(skipped(SkipReason.INVALID_MODEL)).isEqualTo(2);
        serve(Shops.reference(1, 3, 1));
        rows(9 * Shops.ROWS_IN_PANE, 0);
        assertThat(alerts().getFirst().getState()).isEqualTo(AlertState.OPEN);
    }

    @Test
    void shouldIgnoreOtherPipelinesAndCountLateRows() {
        Deployment other = deployment(1);
        other.setPipeline("other");
        send("deployments", other);
        rows(3 * Shops.ROWS_IN_PANE, 0);
        send("shops.features", row(Shops.time(0), 0));

        assertThat(skipped(SkipReason.LATE)).isEqualTo(1);
        for (int i = 0; i < 500; i++) {
            send("shops.examples", example(Shops.time(row)));
        }
        assertThat(requests()).as("no champion of this pipeline").hasSize(1);
    }

    @Test
    void shouldFailWhenTheRegistryCannotBeAsked() {
        MockSchemaRegistryClient down = new MockSchemaRegistryClient() {
            @Override
            public ParsedSchema getSchemaBySubjectAndId(String subject, int id)
                    throws IOException, RestClientException {
                throw new ConnectException("refused");
            }

            @Override
            public ParsedSchema getSchemaById(int id) throws IOException {
                throw new ConnectException("refused");
            }
        };
        ArrivalReader reader = new ArrivalReader.Source(
                        new FeatureSets(pipeline, Optional.empty()), down, URL, InstantSource.fixed(CLOCK))
                .features();
        byte[] row = writer.serialize("shops.features", row(Shops.time(0), 0));

        assertThatThrownBy(() -> reader.deserialize("shops.features", row))
                .hasRootCauseInstanceOf(ConnectException.class);
    }

    private double skipped(SkipReason reason) {
        return driver.metrics().entrySet().stream()
                .filter(metric -> metric.getKey().name().equals("skipped-" + reason.label() + "-total"))
                .mapToDouble(metric -> (Double) metric.getValue().metricValue())
                .sum();
    }

    private void rows(int howMany, double shift) {
        for (int i = 0; i < howMany; i++) {
            send("shops.features", row(Shops.time(row++), shift));
        }
    }

    private GenericRecord row(long time, double shift) {
        Instant at = Instant.ofEpochMilli(time);
        return schema.toRecord(
                new FeatureRow("e" + time, "k", at, schema.featureSet(), null, at, Shops.values(random, shift)));
    }

    private GenericRecord example(long labelTime) {
        Instant at = Instant.ofEpochMilli(labelTime);
        return schema.toRecord(new Example(
                new FeatureRow("e", "k", at, schema.featureSet(), null, at, Shops.values(random, 0)), 1, at));
    }

    private GenericRecord wrongType() {
        GenericRecord good = row(Shops.time(0), 0);
        Schema values = new Schema.Parser()
                .parse("{\"type\":\"record\",\"name\":\"F\",\"fields\":[{\"name\":\"a\",\"type\":\"string\"}]}");
        GenericRecord features = new GenericData.Record(values);
        features.put("a", "text");
        Schema whole = Schema.createRecord(
                "R",
                null,
                null,
                false,
                good.getSchema().getFields().stream()
                        .map(field -> new Schema.Field(
                                field.name(), field.name().equals("features") ? values : field.schema(), null, (Object)
                                        null))
                        .toList());
        GenericRecord record = new GenericData.Record(whole);
        good.getSchema().getFields().forEach(field -> record.put(field.name(), good.get(field.name())));
        record.put("features", features);
        return record;
    }

    private Prediction prediction(long time, int version, double score) {
        Instant at = Instant.ofEpochMilli(time);
        return Prediction.newBuilder()
                .setPredictionId("shops:e:champion")
                .setPipeline("shops")
                .setEventId("e")
                .setEntityKey("k")
                .setEventTime(at)
                .setModelVersion(version)
                .setRole(ModelRole.CHAMPION)
                .setScore(score)
                .setDegraded(false)
                .setFeatureSet("f")
                .setFeaturesComputedAt(at)
                .setScoredAt(at)
                .build();
    }

    private void serve(Reference reference) {
        send("models", model(reference));
        send("deployments", deployment(reference.modelVersion()));
    }

    private static ModelRegistered model(Reference reference) {
        return ModelRegistered.newBuilder()
                .setPipeline("shops")
                .setVersion(reference.modelVersion())
                .setFamily("logistic-regression")
                .setFeatureSet(reference.featureSet())
                .setSha256("0")
                .setSizeBytes(1)
                .setChunks(1)
                .setRunId("r")
                .setDataset(List.of())
                .setSeed(1)
                .setMetrics(Map.of())
                .setBaseline(ByteBuffer.wrap(reference.baseline().toBytes()))
                .setDriftThresholds(reference.thresholds())
                .setCodeCommit("c")
                .setEnvironment(Map.of())
                .setRegisteredAt(CLOCK)
                .build();
    }

    private static Deployment deployment(int version) {
        return Deployment.newBuilder()
                .setPipeline("shops")
                .setChampionVersion(version)
                .setPreviousVersion(0)
                .setRunId("r")
                .setReason("test")
                .setDecidedAt(CLOCK)
                .build();
    }

    private static TrainingRun run(String requestId, int newVersion) {
        return TrainingRun.newBuilder()
                .setRunId("r")
                .setRequestId(requestId)
                .setPipeline("shops")
                .setReason(RetrainReason.DRIFT)
                .setDataset(List.of())
                .setRows(1)
                .setTrainRows(1)
                .setHoldoutRows(1)
                .setCandidates(List.of())
                .setChampionVersion(1)
                .setChampionMetrics(Map.of())
                .setGate(List.of())
                .setPromoted(true)
                .setNewVersion(newVersion)
                .setStartedAt(CLOCK)
                .setFinishedAt(CLOCK)
                .build();
    }

    private void send(String topic, Object record) {
        send(topic, writer.serialize(topic, record));
    }

    private void send(String topic, byte[] bytes) {
        TestInputTopic<byte[], byte[]> input =
                driver.createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer());
        input.pipeInput("k".getBytes(StandardCharsets.UTF_8), bytes);
    }

    private List<DriftAlert> alerts() {
        return read("drift-alerts", DriftAlert.class);
    }

    private List<RetrainRequest> requests() {
        return read("retrain-requests", RetrainRequest.class);
    }

    private <T> List<T> read(String topic, Class<T> type) {
        var reader = WireFormat.deserializer(registry, URL, true);
        return driver
                .createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer())
                .readValuesToList()
                .stream()
                .map(bytes -> type.cast(reader.deserialize(topic, bytes)))
                .toList();
    }
}
