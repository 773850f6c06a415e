package io.freshet.drift;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.freshet.drift.performance.Answer;
import io.freshet.drift.performance.Promise;
import io.freshet.drift.performance.Promise.Estimate;
import io.freshet.profiles.CategoricalProfile;
import io.freshet.profiles.NumericProfile;
import io.freshet.profiles.Profile;
import io.freshet.schemas.message.RunOutcome;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.wire.WireFormat;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

/** Restarts, over the same stores. */
class DriftProcessorTest {
    private static final String SET = Shops.featureSet();
    private static final int ROWS = 10 * Shops.ROWS_IN_PANE;
    private static final long PANE = Duration.ofHours(1).toMillis();

    /** The oracle: every row in one profile per pane, of those that no row ten minutes past the pane's end came before. */
    @Test
    void shouldKeepEveryRowThroughRestarts() {
        Shops.eachSeed(3, random -> {
            MockProcessorContext<byte[], byte[]> context = context();
            TreeMap<Long, Profile> oracle = new TreeMap<>();
            TreeMap<Long, NumericProfile> scores = new TreeMap<>();
            DriftProcessor processor = start(context, Shops.pipeline());
            long newest = 0;
            int examples = 0;
            for (int row = 0; row < ROWS; row++) {
                if (random.nextInt(100) == 0) {
                    processor = start(context, Shops.pipeline());
                }
                long time = Shops.time(row) - random.nextInt(15 * 60_000);
                List<Object> values = Shops.values(random, 0);
                process(processor, new Arrival.Row(time, Map.of(SET, values)));
                process(processor, new Arrival.Score(time, 1, random.nextDouble()));
                newest = Math.max(newest, time);
                long pane = Math.floorDiv(time, PANE);
                if ((pane + 1) * PANE + Duration.ofMinutes(10).toMillis() > newest) {
                    oracle.computeIfAbsent(pane, number -> Shops.emptyProfile()).add(Shops.named(values));
                    scores.computeIfAbsent(pane, number -> new NumericProfile()).add(0);
                }
                if (row % 3 == 0) {
                    process(processor, new Arrival.Labelled(time, SET));
                    examples++;
                }
            }

            Panes panes = start(context, Shops.pipeline()).monitor().panes();

            assertThat(processor.monitor().state().examples()).isEqualTo(examples);
            assertThat(panes.all().keySet())
                    .isEqualTo(oracle.tailMap(oracle.lastKey() - 7).keySet());
            panes.all().forEach((number, pane) -> {
                assertThat(described(pane.rows())).isEqualTo(described(oracle.get(number)));
                assertThat(pane.scores().rows()).isEqualTo(scores.get(number).rows());
            });
        });
    }

    /** The oracle: a monitor that never stopped. */
    @Test
    void shouldKeepWhatAnswersTurnedOutToBeWorthThroughRestarts() {
        Promise promise = new Promise(Panes.NONE, Map.of(Metric.LOG_LOSS, new Estimate(0.05, 0.04, 0.06)));
        Shops.eachSeed(2, random -> {
            MockProcessorContext<byte[], byte[]> context = context();
            DriftProcessor processor = start(context, Shops.pipeline());
            DriftMonitor oracle = new DriftMonitor(
                    new FeatureSets(Shops.pipeline(), Optional.empty()),
                    version -> Optional.empty(),
                    version -> Optional.of(promise));
            List<Arrival> first = List.of(
                    new Arrival.Trained("r", RunOutcome.PROMOTED, 1, Optional.of(promise)), new Arrival.Deployed(1, 0));
            for (Arrival arrival : first) {
                process(processor, arrival);
                oracle.apply(arrival);
            }
            for (int row = 0; row < 20 * Shops.ROWS_IN_PANE; row++) {
                if (random.nextInt(100) == 0) {
                    processor = start(context, Shops.pipeline());
                }
                long time = Shops.time(row);
                double score = random.nextDouble();
                for (Arrival arrival : List.of(
                        new Arrival.Row(time, Map.of(SET, Shops.values(random, 0))),
                        new Arrival.Score(time, 1, score),
                        new Arrival.Realised(time, new Answer(1, List.of(score), score > 0.5), random.nextInt(2)))) {
                    process(processor, arrival);
                    oracle.apply(arrival);
                }
            }
            processor = start(context, Shops.pipeline());

            assertThat(processor.monitor().figures()).isPresent().isEqualTo(oracle.figures());
            assertThat(processor.monitor().state().degraded())
                    .isNotNull()
                    .isEqualTo(oracle.state().degraded());
        });
    }

    @Test
    void shouldDropPanesOfOtherFeaturesAndKeepTheRest() {
        MockProcessorContext<byte[], byte[]> context = context();
        DriftProcessor before = start(context, Shops.pipeline());
        Random random = new Random(1);
        for (int row = 0; row < 3 * Shops.ROWS_IN_PANE + 20; row++) {
            process(before, new Arrival.Row(Shops.time(row), Map.of(SET, Shops.values(random, 0))));
            process(before, new Arrival.Labelled(Shops.time(row), SET));
        }

        Pipeline changed = Shops.pipeline("b: { value: event.b }", "7h");
        String newSet = FeatureRowSchema.of(changed).featureSet();
        DriftProcessor after = start(context, changed);

        assertThat(after.monitor().panes().all()).isEmpty();
        assertThat(after.monitor().state()).isEqualTo(before.monitor().state().redeclared(newSet, 500));
        long next = Shops.time(3 * Shops.ROWS_IN_PANE + 20);
        process(after, new Arrival.Row(next, Map.of(newSet, List.of(1.0))));
        DriftProcessor again = start(context, changed);
        assertThat(again.monitor().panes().all()).hasSize(1);
    }

    @Test
    void shouldKeepThePanesOfAChampionWhoseDeclarationIsSuperseded() {
        MockProcessorContext<byte[], byte[]> context = context();
        DriftProcessor before = start(context, Shops.pipeline());
        process(before, new Arrival.Registered(Shops.reference(1, 0, 1)));
        process(before, new Arrival.Deployed(1, 0));
        Random random = new Random(1);
        for (int row = 0; row < 3 * Shops.ROWS_IN_PANE + 20; row++) {
            process(before, new Arrival.Row(Shops.time(row), Map.of(SET, Shops.values(random, 0))));
        }
        Pipeline changed = Shops.pipeline("b: { value: event.b }", "7h");
        String newSet = FeatureRowSchema.of(changed).featureSet();

        DriftProcessor after = start(context, new FeatureSets(changed, Optional.of(Shops.pipeline())));

        assertThat(after.monitor().watched()).isEqualTo(SET);
        assertThat(after.monitor().panes().all().keySet())
                .isEqualTo(before.monitor().panes().all().keySet())
                .hasSize(4);
        process(
                after,
                new Arrival.Registered(
                        new Reference(2, newSet, Profile.builder().numeric("b").build(), Map.of("b", 0.25))));
        process(after, new Arrival.Deployed(2, 0));
        assertThat(after.monitor().watched()).isEqualTo(newSet);
        assertThat(after.monitor().panes().all()).isEmpty();
        assertThat(start(context, new FeatureSets(changed, Optional.empty()))
                        .monitor()
                        .panes()
                        .all())
                .isEmpty();
    }

    /** All but quantiles, which a sketch of more than 200 values draws at random. */
    private static List<Object> described(Profile profile) {
        List<Object> described = new ArrayList<>(List.of(profile.rows()));
        for (String name : List.of("a", "b")) {
            NumericProfile numeric = (NumericProfile) profile.feature(name);
            described.add(List.of(
                    numeric.values(),
                    numeric.nulls(),
                    numeric.min(),
                    numeric.max(),
                    numeric.mean(),
                    numeric.variance()));
        }
        described.add(((CategoricalProfile) profile.feature("kind")).counts());
        return described;
    }

    private static void process(DriftProcessor processor, Arrival arrival) {
        processor.process(new Record<>(new byte[0], arrival, 0));
    }

    private static DriftProcessor start(MockProcessorContext<byte[], byte[]> context, Pipeline pipeline) {
        return start(context, new FeatureSets(pipeline, Optional.empty()));
    }

    private static DriftProcessor start(MockProcessorContext<byte[], byte[]> context, FeatureSets sets) {
        DriftProcessor processor = new DriftProcessor(
                sets,
                WireFormat.serializer(new MockSchemaRegistryClient(), "mock://drift"),
                InstantSource.fixed(Shops.START),
                PerformanceGauges.NONE);
        processor.init(context);
        return processor;
    }

    private static MockProcessorContext<byte[], byte[]> context() {
        MockProcessorContext<byte[], byte[]> context = new MockProcessorContext<>();
        add(context, DriftProcessor.PANES, Serdes.Long());
        add(context, DriftProcessor.JOURNAL, Serdes.Integer());
        add(context, DriftProcessor.BASELINES, Serdes.Integer());
        add(context, DriftProcessor.PROGRESS, Serdes.String());
        add(context, DriftProcessor.OUTCOMES, Serdes.Long());
        add(context, DriftProcessor.PROMISES, Serdes.Integer());
        return context;
    }

    private static <K> void add(MockProcessorContext<byte[], byte[]> context, String name, Serde<K> keys) {
        KeyValueStore<K, byte[]> store = Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore(name), keys, Serdes.ByteArray())
                .withLoggingDisabled()
                .build();
        store.init(context.getStateStoreContext(), store);
    }
}
