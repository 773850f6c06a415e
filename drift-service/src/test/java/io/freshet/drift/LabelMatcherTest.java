package io.freshet.drift;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.drift.performance.Answer;
import io.freshet.drift.performance.PerformanceLayout;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

class LabelMatcherTest {
    private static final String SET = Shops.featureSet();

    private final MockProcessorContext<byte[], Arrival> context = context();
    private LabelMatcher matcher = start();

    @Test
    void shouldPassOnBothHalvesAndThenTheWhole() {
        process(answered("e", 0, 0.7));
        process(known("e", 0, 1));

        assertThat(forwarded())
                .containsExactly(
                        new Arrival.Score(Shops.time(0), 1, 0.7),
                        new Arrival.Labelled(Shops.time(10), SET),
                        realised(0, 0.7, 1));
        process(known("e", 0, 1));
        assertThat(forwarded()).as("no second answer").hasSize(1);
    }

    @Test
    void shouldTakeALabelThatIsThereBeforeTheAnswer() {
        process(known("e", 0, 0));
        process(answered("e", 0, 0.7));

        assertThat(forwarded()).contains(realised(0, 0.7, 0));
    }

    @Test
    void shouldTellEventsOfTheSameIdAndOfAnotherTimeApart() {
        process(answered("e", 0, 0.7));
        process(known("e", 1, 0));
        process(known("other", 0, 0));

        assertThat(forwarded()).noneMatch(Arrival.Realised.class::isInstance);
    }

    @Test
    void shouldForgetWhatHasWaitedTooLong() {
        int remembered = (int) PerformanceLayout.remembered(Shops.pipeline()).dividedBy(Shops.APART);
        for (int i = 0; i < 2_500; i++) {
            process(answered("old" + i, 0, 0.7));
        }
        process(answered("kept", 200, 0.7));
        for (int i = 0; i < 10; i++) {
            process(answered("new" + i, remembered + 200, 0.7));
        }
        KeyValueStore<byte[], byte[]> store = context.getStateStore(LabelMatcher.UNMATCHED);
        assertThat(store.approximateNumEntries()).isEqualTo(11);
        process(known("old1", 0, 1));
        process(known("kept", 200, 1));

        assertThat(forwarded()).filteredOn(Arrival.Realised.class::isInstance).containsExactly(realised(200, 0.7, 1));
        assertThat(store.approximateNumEntries())
                .as("a label that comes too late is not kept")
                .isEqualTo(10);

        process(answered("newest", 2 * remembered + 400, 0.7));

        assertThat(store.approximateNumEntries())
                .as("what became too old since")
                .isEqualTo(1);
    }

    @Test
    void shouldCountWhatIsOfAnotherTask() {
        process(new Arrival.Answered(
                "e", new Arrival.Score(Shops.time(0), 1, 7), new Answer(1, List.of(0.5, 0.5), null)));
        process(known("e", 0, 1));

        assertThat(forwarded()).hasSize(2);
        assertThat(context.metrics().metrics().entrySet())
                .filteredOn(metric -> metric.getKey().name().equals("skipped-other-task-total"))
                .singleElement()
                .satisfies(metric -> assertThat(metric.getValue().metricValue()).isEqualTo(1.0));
    }

    @Test
    void shouldMatchEveryPairOnceThroughRestartsInAnyOrder() {
        Shops.eachSeed(5, random -> {
            List<Arrival> arrivals = new ArrayList<>();
            Map<String, Arrival> expected = new HashMap<>();
            String run = "run" + random.nextInt();
            for (int i = 0; i < 100; i++) {
                double score = random.nextDouble();
                int label = random.nextInt(2);
                String id = run + i;
                arrivals.add(random.nextInt(arrivals.size() + 1), answered(id, i, score));
                if (random.nextInt(4) > 0) {
                    arrivals.add(random.nextInt(arrivals.size() + 1), known(id, i, label));
                    expected.put(id, realised(i, score, label));
                }
            }
            for (Arrival arrival : arrivals) {
                if (random.nextInt(20) == 0) {
                    matcher = start();
                }
                process(arrival);
            }

            List<Arrival> forwarded = forwarded();
            assertThat(forwarded).hasSize(arrivals.size() + expected.size());
            assertThat(forwarded)
                    .filteredOn(Arrival.Realised.class::isInstance)
                    .containsExactlyInAnyOrderElementsOf(expected.values());
        });
    }

    private static Arrival.Answered answered(String id, int row, double score) {
        return new Arrival.Answered(
                id, new Arrival.Score(Shops.time(row), 1, score), new Answer(1, List.of(score), score > 0.5));
    }

    private static Arrival.Known known(String id, int row, double label) {
        return new Arrival.Known(id, Shops.time(row), label, new Arrival.Labelled(Shops.time(row + 10), SET));
    }

    private static Arrival.Realised realised(int row, double score, double label) {
        return new Arrival.Realised(Shops.time(row), new Answer(1, List.of(score), score > 0.5), label);
    }

    private void process(Arrival arrival) {
        matcher.process(new Record<>(new byte[0], arrival, 0));
    }

    private List<Arrival> forwarded() {
        List<Arrival> forwarded = context.forwarded().stream()
                .map(forward -> (Arrival) forward.record().value())
                .toList();
        context.resetForwards();
        return forwarded;
    }

    private LabelMatcher start() {
        LabelMatcher started = new LabelMatcher(Shops.pipeline(), InstantSource.fixed(Shops.START));
        started.init(context);
        return started;
    }

    private static MockProcessorContext<byte[], Arrival> context() {
        MockProcessorContext<byte[], Arrival> context = new MockProcessorContext<>();
        KeyValueStore<byte[], byte[]> store = Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore(LabelMatcher.UNMATCHED), Serdes.ByteArray(), Serdes.ByteArray())
                .withLoggingDisabled()
                .build();
        store.init(context.getStateStoreContext(), store);
        return context;
    }
}
