package io.freshet.drift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.freshet.drift.performance.Answer;
import io.freshet.drift.performance.Promise;
import io.freshet.drift.performance.Promise.Estimate;
import io.freshet.profiles.CategoricalProfile;
import io.freshet.profiles.NumericProfile;
import io.freshet.profiles.Profile;
import io.freshet.schemas.message.AlertState;
import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.wire.WireFormat;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

/** A pipeline of several partitions: what each has seen is profiled apart and judged together. */
class PartitionsTest {
    private static final int PARTITIONS = 3;
    private static final String URL = "mock://partitions";
    private static final String SET = Shops.featureSet();
    private static final long PANE = Duration.ofHours(1).toMillis();

    private final Pipeline pipeline = Shops.pipeline(PARTITIONS);
    private final FeatureSets sets = sets(pipeline);

    /** The oracle: one monitor that takes the same records, in the order of their time, from one partition. */
    @Test
    void shouldFindInSeveralPartitionsWhatItFindsInOne() {
        Reference model = Shops.reference(1, 0, 1);
        Shops.eachSeed(10, random -> {
            List<Arrival.Streamed> records = records(random);
            DriftMonitor one = serving(Shops.pipeline(), model);
            List<Decision> ofOne = new ArrayList<>();
            records.forEach(record -> ofOne.addAll(one.apply(record).decisions()));
            DriftMonitor several = serving(pipeline, model);
            List<Decision> ofSeveral = new ArrayList<>();

            split(records, random).forEach(told -> {
                DriftMonitor.Outcome outcome = several.apply(told);
                assertThat(outcome.skipped()).isEmpty();
                ofSeveral.addAll(outcome.decisions());
            });

            assertThat(several.state().examples()).isEqualTo(one.state().examples());
            assertThat(several.panes().newest()).isEqualTo(one.panes().newest());
            assertThat(several.panes().all().keySet())
                    .isEqualTo(one.panes().all().keySet());
            one.panes()
                    .all()
                    .forEach((number, pane) ->
                            assertSame(pane, several.panes().all().get(number)));
            assertThat(inWords(ofOne)).anyMatch(decision -> decision.startsWith("OPEN [a]"));
            assertThat(inWords(ofOne)).anyMatch(decision -> decision.startsWith("DRIFT"));
            assertThat(inWords(ofSeveral)).isEqualTo(inWords(ofOne));
        });
    }

    /** The oracle: one monitor that takes the same records from one partition. */
    @Test
    void shouldFindInSeveralPartitionsThatTheModelDoesWorseAsInOne() {
        Promise promise = new Promise(Panes.NONE, Map.of(Metric.LOG_LOSS, new Estimate(0.3, 0.28, 0.32)));
        Shops.eachSeed(3, random -> {
            List<Arrival.Streamed> records = answers(random);
            DriftMonitor one = promising(Shops.pipeline(), promise);
            List<Decision> ofOne = new ArrayList<>();
            records.forEach(record -> ofOne.addAll(one.apply(record).decisions()));
            DriftMonitor several = promising(pipeline, promise);
            List<Decision> ofSeveral = new ArrayList<>();

            split(records, random)
                    .forEach(told -> ofSeveral.addAll(several.apply(told).decisions()));

            assertThat(inWords(ofOne)).anyMatch(decision -> decision.startsWith("OPEN Model v1 does worse"));
            assertThat(inWords(ofSeveral)).isEqualTo(inWords(ofOne));
            assertThat(several.figures().orElseThrow().rows())
                    .isEqualTo(one.figures().orElseThrow().rows());
            one.figures()
                    .get()
                    .metrics()
                    .forEach((metric, value) -> assertThat(
                                    several.figures().get().metrics().get(metric))
                            .as(metric.spelled())
                            .isCloseTo(value, within(1e-9)));
        });
    }

    private static DriftMonitor promising(Pipeline pipeline, Promise promise) {
        DriftMonitor monitor =
                new DriftMonitor(sets(pipeline), version -> Optional.empty(), version -> Optional.of(promise));
        monitor.apply(new Arrival.Deployed(1, 0));
        return monitor;
    }

    /** Two days, of which the second is worse, and two events two days later. */
    private static List<Arrival.Streamed> answers(Random random) {
        List<Arrival.Streamed> records = new ArrayList<>();
        int rows = 1_400;
        for (int row = 0; row < rows + 2; row++) {
            long time = Shops.time(row < rows ? 4 * row : 10_000 + row) - random.nextInt(9 * 60_000);
            double score = row < rows / 2 ? 0.2 : 0.6;
            records.add(new Arrival.Row(time, Map.of(SET, Shops.values(random, 0))));
            records.add(new Arrival.Score(time, 1, score));
            if (random.nextInt(20) > 0) {
                records.add(new Arrival.Realised(
                        time, new Answer(1, List.of(score), score > 0.5), random.nextInt(10) == 0 ? 1 : 0));
            }
        }
        return records;
    }

    /** The oracle: every row in one profile per pane. */
    @Test
    void shouldKeepEveryRowThroughRestartsOfPartitionsAndJudge() {
        Shops.eachSeed(3, random -> {
            Tasks tasks = new Tasks(sets);
            TreeMap<Long, Profile> oracle = new TreeMap<>();
            int labels = 0;
            for (int row = 0; row < 12 * Shops.ROWS_IN_PANE; row++) {
                if (random.nextInt(100) == 0) {
                    tasks.restart(random.nextInt(PARTITIONS + 1), sets);
                }
                int partition = random.nextInt(PARTITIONS);
                long time = Shops.time(row) - random.nextInt(10 * 60_000);
                List<Object> values = Shops.values(random, 0);
                tasks.process(partition, new Arrival.Row(time, Map.of(SET, values)));
                tasks.process(partition, new Arrival.Score(time, 1, random.nextDouble()));
                if (row % 3 == 0) {
                    tasks.process(partition, new Arrival.Labelled(time, SET));
                    labels++;
                }
                oracle.computeIfAbsent(Math.floorDiv(time, PANE), number -> Shops.emptyProfile())
                        .add(Shops.named(values));
                if (random.nextInt(500) == 0) {
                    tasks.letPass(PartitionProcessor.TELL_EVERY);
                }
            }
            tasks.letPass(PartitionProcessor.TELL_EVERY);
            tasks.restart(PARTITIONS, sets);

            Panes panes = tasks.judge.monitor().panes();
            assertThat(tasks.judge.monitor().state().examples()).isEqualTo(labels);
            assertThat(panes.all().keySet())
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(panes.all().firstKey(), oracle.lastKey())
                                    .boxed()
                                    .toList());
            panes.all().forEach((number, pane) -> {
                assertSameProfile(oracle.get(number), pane.rows());
                assertThat(pane.scores().rows()).isEqualTo(pane.rows().rows());
            });
        });
    }

    @Test
    void shouldWaitForTheSlowestPartitionAndForNoIdleOne() {
        DriftMonitor monitor = new DriftMonitor(sets, version -> Optional.empty(), version -> Optional.empty());
        long hours = Shops.time(0);

        progress(monitor, 0, hours + 5 * PANE, false);
        progress(monitor, 1, hours + 9 * PANE, false);
        assertThat(monitor.panes().newest())
                .as("nothing is known of partition 2")
                .isEqualTo(Panes.NONE);
        progress(monitor, 2, Panes.NONE, true);
        assertThat(monitor.panes().newest()).isEqualTo(hours + 5 * PANE);
        progress(monitor, 0, hours + 5 * PANE, true);
        assertThat(monitor.panes().newest()).isEqualTo(hours + 9 * PANE);

        // What comes from a partition that nobody waited for is late where its pane has closed.
        Pane part = new PaneLayout(pipeline, pipeline.features()).emptyPane();
        assertThat(monitor.apply(new Arrival.PanePart(hours + 6 * PANE, SET, part))
                        .skipped())
                .contains(SkipReason.LATE);
        assertThat(monitor.apply(new Arrival.PanePart(hours + 9 * PANE, SET, part))
                        .skipped())
                .isEmpty();
        progress(monitor, 0, hours + 6 * PANE, false);
        assertThat(monitor.panes().newest()).as("never goes back").isEqualTo(hours + 9 * PANE);
        progress(monitor, 0, hours + 10 * PANE, true);
        progress(monitor, 1, hours + 9 * PANE, true);
        assertThat(monitor.panes().newest()).as("all are idle").isEqualTo(hours + 10 * PANE);
    }

    @Test
    void shouldSayThatAPartitionIsIdleOnceAndThatItIsNotAnyMore() {
        Tasks tasks = new Tasks(sets);
        tasks.process(0, new Arrival.Row(Shops.time(0), Map.of(SET, Shops.values(new Random(1), 0))));
        tasks.letPass(PartitionProcessor.IDLE_AFTER);
        assertThat(tasks.judge.monitor().panes().newest()).isEqualTo(Shops.time(0));
        int told = tasks.told;

        tasks.letPass(PartitionProcessor.IDLE_AFTER);
        assertThat(tasks.told)
                .as("records of partitions that have nothing to say")
                .isEqualTo(told);

        tasks.process(1, new Arrival.Row(Shops.time(500), Map.of(SET, Shops.values(new Random(1), 0))));
        tasks.letPass(PartitionProcessor.TELL_EVERY);
        assertThat(tasks.judge.monitor().panes().newest()).isEqualTo(Shops.time(500));
        tasks.process(0, new Arrival.Row(Shops.time(700), Map.of(SET, Shops.values(new Random(1), 0))));
        tasks.letPass(PartitionProcessor.TELL_EVERY);
        assertThat(tasks.judge.monitor().panes().newest())
                .as("partition 1 is waited for")
                .isEqualTo(Shops.time(500));
    }

    @Test
    void shouldTellWithoutDelayWhenTheJournalIsFull() {
        Tasks tasks = new Tasks(sets);
        for (int row = 0; row <= PartitionProcessor.JOURNAL_SIZE; row++) {
            assertThat(tasks.told).isZero();
            tasks.process(0, new Arrival.Labelled(Shops.time(row), SET));
        }

        assertThat(tasks.told).isEqualTo(1);
        assertThat(tasks.judge.monitor().state().examples()).isEqualTo(PartitionProcessor.JOURNAL_SIZE + 1);
    }

    @Test
    void shouldAskForAFirstModelAtExactlyTheDeclaredNumberOfExamples() {
        DriftMonitor monitor = new DriftMonitor(sets, version -> Optional.empty(), version -> Optional.empty());

        List<Decision> decisions = new ArrayList<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            decisions.addAll(monitor.apply(
                            new Arrival.Progress(Panes.NONE, partition, false, Map.of(SET, 240), Shops.time(partition)))
                    .decisions());
        }

        assertThat(decisions).singleElement().satisfies(decision -> {
            assertThat(decision).isInstanceOf(Decision.Retrain.class);
            assertThat(((Decision.Retrain) decision).reason()).isEqualTo(RetrainReason.FIRST_MODEL);
            assertThat(((Decision.Retrain) decision).requestId()).isEqualTo("shops-first-model-500");
        });
    }

    @Test
    void shouldLeaveOutWhatWasProfiledUnderAnotherDeclaration() {
        Tasks tasks = new Tasks(sets);
        tasks.process(0, new Arrival.Row(Shops.time(0), Map.of(SET, Shops.values(new Random(1), 0))));
        tasks.process(0, new Arrival.Labelled(Shops.time(0), SET));
        FeatureSets changed = sets(Shops.pipeline("b: { value: event.b }", "7h", PARTITIONS));
        for (int task = 0; task <= PARTITIONS; task++) {
            tasks.restart(task, changed);
        }
        tasks.process(0, new Arrival.Row(Shops.time(1), Map.of(changed.newest(), List.of(1.0))));
        tasks.restart(0, changed);
        tasks.letPass(PartitionProcessor.TELL_EVERY);

        assertThat(tasks.judge.monitor().state().examples()).isEqualTo(1);
        assertThat(tasks.judge.monitor().panes().all().values())
                .singleElement()
                .satisfies(pane -> assertThat(pane.rows().rows()).isEqualTo(1));
    }

    /** Rows carry both sets; the champion was trained on the superseded one, then one of the new set serves. */
    @Test
    void shouldWatchTheFeaturesThatTheChampionWasTrainedOn() {
        Pipeline changed = Shops.pipeline("b: { value: event.b }", "7h", PARTITIONS);
        FeatureSets both = new FeatureSets(changed, Optional.of(pipeline));
        Reference second =
                new Reference(2, both.newest(), Profile.builder().numeric("b").build(), Map.of("b", 0.25));
        Tasks tasks = new Tasks(both);
        tasks.judge.process(new Record<>(new byte[0], new Arrival.Registered(Shops.reference(1, 0, 1)), 0));
        tasks.judge.process(new Record<>(new byte[0], new Arrival.Registered(second), 0));
        tasks.judge.process(new Record<>(new byte[0], new Arrival.Deployed(1, 0), 0));
        Random random = new Random(1);
        for (int row = 0; row < 30; row++) {
            List<Object> values = Shops.values(random, 0);
            Map<String, List<Object>> parts = Map.of(SET, values, both.newest(), List.of(values.get(1)));
            tasks.process(row % PARTITIONS, new Arrival.Row(Shops.time(row), Map.copyOf(parts)));
            if (row == 19) {
                tasks.letPass(PartitionProcessor.TELL_EVERY);
                assertThat(tasks.judge.monitor().panes().all().values())
                        .singleElement()
                        .satisfies(pane -> {
                            assertThat(pane.rows().features()).containsExactly("a", "b", "kind");
                            assertThat(pane.rows().rows()).isEqualTo(20);
                        });
                tasks.judge.process(new Record<>(new byte[0], new Arrival.Deployed(2, 0), 0));
            }
        }
        tasks.letPass(PartitionProcessor.TELL_EVERY);

        assertThat(tasks.judge.monitor().panes().all().values()).singleElement().satisfies(pane -> {
            assertThat(pane.rows().features()).containsExactly("b");
            assertThat(pane.rows().rows()).isEqualTo(10);
        });
    }

    private static FeatureSets sets(Pipeline pipeline) {
        return new FeatureSets(pipeline, Optional.empty());
    }

    private static void progress(DriftMonitor monitor, int partition, long newest, boolean idle) {
        monitor.apply(new Arrival.Progress(newest, partition, idle, Map.of(), Panes.NONE));
    }

    private static DriftMonitor serving(Pipeline pipeline, Reference model) {
        DriftMonitor monitor = new DriftMonitor(
                sets(pipeline),
                version -> version == model.modelVersion() ? Optional.of(model) : Optional.empty(),
                version -> Optional.empty());
        monitor.apply(new Arrival.Registered(model));
        monitor.apply(new Arrival.Deployed(model.modelVersion(), 0));
        return monitor;
    }

    /** Labels first; after ten panes the feature a is shifted far; times go back within the lateness. */
    private static List<Arrival.Streamed> records(Random random) {
        List<Arrival.Streamed> records = new ArrayList<>();
        for (int row = 0; row < 20 * Shops.ROWS_IN_PANE; row++) {
            long time = Shops.time(row) - random.nextInt(9 * 60_000);
            records.add(new Arrival.Row(
                    time, Map.of(SET, Shops.values(random, row < 10 * Shops.ROWS_IN_PANE ? 0 : 5))));
            if (random.nextInt(10) > 0) {
                records.add(new Arrival.Score(time, row < 300 ? 1 : 2, random.nextDouble()));
            }
            if (row < 150) {
                records.add(new Arrival.Labelled(time, SET));
            }
        }
        return records;
    }

    /** Spreads records over partitions that progress at their own speed, and gives what they tell, by chance when. */
    private List<Arrival.Streamed> split(List<Arrival.Streamed> records, Random random) {
        List<List<Arrival.Streamed>> partitions = IntStream.range(0, PARTITIONS)
                .mapToObj(i -> (List<Arrival.Streamed>) new ArrayList<Arrival.Streamed>())
                .toList();
        int partition = 0;
        for (Arrival.Streamed record : records) {
            partition = record instanceof Arrival.Row ? random.nextInt(PARTITIONS) : partition;
            partitions.get(partition).add(record);
        }
        List<PartitionMonitor> monitors = IntStream.range(0, PARTITIONS)
                .mapToObj(i -> new PartitionMonitor(sets, i))
                .toList();
        List<Arrival.Streamed> told = new ArrayList<>();
        int[] next = new int[PARTITIONS];
        for (int left = records.size(); left > 0; ) {
            int turn = random.nextInt(PARTITIONS);
            int stretch = Math.min(random.nextInt(1_000), partitions.get(turn).size() - next[turn]);
            for (int i = 0; i < stretch; i++) {
                assertThat(monitors.get(turn).apply(partitions.get(turn).get(next[turn]++)))
                        .isEmpty();
            }
            left -= stretch;
            told.addAll(monitors.get(turn).tell(false));
        }
        monitors.forEach(monitor -> told.addAll(monitor.tell(true)));
        return told;
    }

    private static List<String> inWords(List<Decision> decisions) {
        return decisions.stream()
                .map(decision -> switch (decision) {
                    case Decision.Alert alert ->
                        (alert.state() == AlertState.RESOLVED ? "" : alert.state()) + " "
                                + alert.evidence().drifted().stream()
                                        .map(Evidence.Measured::feature)
                                        .toList()
                                + " of " + alert.evidence().rows() + " rows to "
                                + alert.evidence().windowEnd();
                    case Decision.PerformanceAlert alert -> alert.state() + " " + alert.message();
                    case Decision.Retrain retrain -> retrain.reason() + " " + retrain.requestId();
                    case Decision.Incident incident -> incident.kind() + " " + incident.incidentId();
                })
                .toList();
    }

    private static void assertSame(Pane one, Pane several) {
        assertSameProfile(one.rows(), several.rows());
        assertThat(several.scoreVersion()).isEqualTo(one.scoreVersion());
        assertSameNumbers(one.scores(), several.scores());
    }

    private static void assertSameProfile(Profile expected, Profile actual) {
        assertThat(actual.rows()).isEqualTo(expected.rows());
        for (String name : List.of("a", "b")) {
            assertSameNumbers((NumericProfile) expected.feature(name), (NumericProfile) actual.feature(name));
        }
        assertThat(((CategoricalProfile) actual.feature("kind")).counts())
                .isEqualTo(((CategoricalProfile) expected.feature("kind")).counts());
    }

    /** All but quantiles, which a sketch of more than 200 values draws at random; sums may round otherwise. */
    private static void assertSameNumbers(NumericProfile expected, NumericProfile actual) {
        assertThat(actual.values()).isEqualTo(expected.values());
        assertThat(actual.nulls()).isEqualTo(expected.nulls());
        assertThat(actual.min()).isEqualTo(expected.min());
        assertThat(actual.max()).isEqualTo(expected.max());
        assertThat(actual.mean().orElse(0)).isCloseTo(expected.mean().orElse(0), within(1e-9));
        assertThat(actual.variance().orElse(0)).isCloseTo(expected.variance().orElse(0), within(1e-9));
    }

    /** A task for each partition and the one that judges, each over its own stores, with the topic between them. */
    private static final class Tasks {
        private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
        private final List<MockProcessorContext<byte[], byte[]>> contexts = new ArrayList<>();
        private final List<PartitionProcessor> partitions = new ArrayList<>();
        private DriftProcessor judge;
        private ArrivalReader reader;
        private long now = Shops.START.toEpochMilli();
        private int told;

        Tasks(FeatureSets sets) {
            for (int task = 0; task <= PARTITIONS; task++) {
                MockProcessorContext<byte[], byte[]> context = new MockProcessorContext<>(
                        new Properties(), new TaskId(task < PARTITIONS ? 0 : 1, task % PARTITIONS), null);
                contexts.add(context);
                if (task < PARTITIONS) {
                    partitions.add(null);
                    add(context, PartitionProcessor.JOURNAL, Serdes.Integer());
                    add(context, PartitionProcessor.PROGRESS, Serdes.String());
                } else {
                    add(context, DriftProcessor.PANES, Serdes.Long());
                    add(context, DriftProcessor.JOURNAL, Serdes.Integer());
                    add(context, DriftProcessor.BASELINES, Serdes.Integer());
                    add(context, DriftProcessor.PROGRESS, Serdes.String());
                    add(context, DriftProcessor.OUTCOMES, Serdes.Long());
                    add(context, DriftProcessor.PROMISES, Serdes.Integer());
                }
                restart(task, sets);
            }
        }

        void restart(int task, FeatureSets sets) {
            InstantSource clock = InstantSource.fixed(Shops.START.plus(Duration.ofDays(2)));
            var writer = WireFormat.serializer(registry, URL);
            MockProcessorContext<byte[], byte[]> context = contexts.get(task);
            context.setCurrentSystemTimeMs(now);
            if (task < PARTITIONS) {
                partitions.set(task, new PartitionProcessor(sets, writer, clock));
                partitions.get(task).init(context);
            } else {
                judge = new DriftProcessor(sets, writer, clock, PerformanceGauges.NONE);
                judge.init(context);
                reader = new ArrivalReader.Source(sets, registry, URL, clock).profiles();
            }
        }

        void process(int partition, Arrival arrival) {
            partitions.get(partition).process(new Record<>(new byte[0], arrival, 0));
            passOn();
        }

        /** Lets time pass for every partition. */
        void letPass(Duration time) {
            now += time.toMillis();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                contexts.get(partition).setCurrentSystemTimeMs(now);
                contexts.get(partition)
                        .scheduledPunctuators()
                        .getLast()
                        .getPunctuator()
                        .punctuate(now);
                passOn();
            }
        }

        private void passOn() {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                for (var forward : contexts.get(partition).forwarded()) {
                    told++;
                    byte[] value = (byte[]) forward.record().value();
                    judge.process(new Record<>(new byte[0], reader.deserialize("shops.profiles", value), 0));
                }
                contexts.get(partition).resetForwards();
            }
        }

        private static <K> void add(MockProcessorContext<byte[], byte[]> context, String name, Serde<K> keys) {
            KeyValueStore<K, byte[]> store = Stores.keyValueStoreBuilder(
                            Stores.inMemoryKeyValueStore(name), keys, Serdes.ByteArray())
                    .withLoggingDisabled()
                    .build();
            store.init(context.getStateStoreContext(), store);
        }
    }
}
