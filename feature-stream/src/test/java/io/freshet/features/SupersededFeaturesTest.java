package io.freshet.features;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.row.ModelInputs;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.streams.KeyValue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A changed declaration's features with the superseded one's beside. What each declaration gives by itself, which other
 * tests compare with the definition, is the oracle.
 */
class SupersededFeaturesTest {
    private static final int STREAMS = 25;
    private static final int RECORDS = 120;
    private static final long START = Instant.parse("2025-03-01T22:00:00Z").toEpochMilli();
    private static final Instant CLOCK = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    Path state;

    @Test
    void shouldComputeBothFeatureSetsEachByItsOwnDefinition() {
        long first = Long.getLong("seed", new Random().nextLong());
        for (long seed = first; seed < first + STREAMS; seed++) {
            Random random = new Random(seed);
            Pipeline before = pipeline(random, "UTC");
            Pipeline after = pipeline(random, "Asia/Tokyo");
            List<Consumer<Streams>> records = records(random);
            int changedAt = random.nextInt(RECORDS);

            List<FeatureRow> old = rows(before, Optional.empty(), records, Map.of());
            List<FeatureRow> declared = rows(after, Optional.empty(), records, Map.of());
            List<FeatureRow> both = rows(after, Optional.of(always(before)), records, Map.of());
            List<FeatureRow> changed = new ArrayList<>(rows(before, Optional.empty(), records, changedAt));
            changed.addAll(continued(before, after, records, changedAt));

            assertThat(both.stream().map(FeatureRow::values).toList())
                    .as("declared, seed %d", seed)
                    .isEqualTo(declared.stream().map(FeatureRow::values).toList());
            assertThat(inputs(before, after, both))
                    .as("superseded, seed %d", seed)
                    .isEqualTo(old.stream().map(FeatureRow::values).toList());
            assertThat(inputs(before, after, changed))
                    .as("superseded over a change, seed %d", seed)
                    .isEqualTo(old.stream().map(FeatureRow::values).toList());
        }
    }

    @Test
    void shouldCarryTheSupersededFeaturesOnlyWhileAModelNeedsThem() {
        Pipeline before = Streams.pipeline("n: { count: event, over: 1h }");
        Pipeline after = Streams.pipeline("n: { count: event, by: [], over: 2h }");
        String oldSet = FeatureRowSchema.of(before).featureSet();
        String newSet = FeatureRowSchema.of(after).featureSet();
        AtomicReference<Optional<String>> served = new AtomicReference<>(Optional.empty());
        AtomicReference<Instant> clock = new AtomicReference<>(CLOCK);
        Superseded superseded = new Superseded(before, served::get, clock::get);
        try (Streams streams = streams(after, Optional.of(superseded), Map.of(), "needed")) {
            List<Boolean> carried = new ArrayList<>();
            Runnable event = () -> {
                streams.send(streams.event("e" + carried.size(), "s", "k", START + carried.size(), 1.0));
                carried.add(streams.features().getLast().other(oldSet).isPresent());
            };

            event.run();
            served.set(Optional.of(oldSet));
            clock.set(CLOCK.plus(Duration.ofHours(1)));
            event.run();
            served.set(Optional.of(newSet));
            clock.set(CLOCK.plus(Duration.ofHours(1)).plus(Superseded.AFTERWARDS.minusMillis(1)));
            event.run();
            clock.set(CLOCK.plus(Duration.ofHours(1)).plus(Superseded.AFTERWARDS));
            event.run();
            assertThat(carried).containsExactly(true, true, true, false);

            served.set(Optional.of(oldSet));
            streams.send(streams.event("rolled-back", "s", "k", START + 4, 1.0));

            assertThat(streams.features().getLast().other(oldSet))
                    .hasValueSatisfying(part -> assertThat(part.values()).containsExactlyEntriesOf(Map.of("n", 4.0)));
        }
    }

    @Test
    void shouldMakeAnExampleOfTheRowAsItWasScoredThoughTheDeclarationChangedSince() {
        Pipeline before = Streams.pipeline("n: { count: event, over: 1h }");
        Pipeline after = Streams.pipeline("n: { value: event.kind }");
        MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
        Map<String, List<KeyValue<byte[], byte[]>>> stores;
        FeatureRow scored;
        try (Streams streams = new Streams(registry, state.resolve("b"), Map.of(), Streams.IN_MEMORY, before)) {
            streams.send(streams.event("e", "s", "k", START, 1.0));
            scored = streams.features().getFirst();
            stores = streams.stores();
        }

        try (Streams streams = new Streams(
                registry, state.resolve("a"), stores, Streams.IN_MEMORY, after, Optional.of(always(before)))) {
            streams.send(streams.label("e", START + 60_000, 20));

            Example example = streams.examples().getFirst();
            assertThat(example.label()).isEqualTo(1);
            assertThat(example.row().featureSet()).isEqualTo(scored.featureSet());
            assertThat(example.row().others())
                    .containsExactly(new FeatureRow.Part(scored.featureSet(), Map.of("n", 0.0)));
        }
    }

    /** Random features, of which some are called as those of other such pipelines, over an hour of this zone. */
    private static Pipeline pipeline(Random random, String zone) {
        List<String> lines = new ArrayList<>(List.of("hour: { value: 'hour(event.at, \"" + zone + "\")' }"));
        IntStream.range(0, 5)
                .map(i -> i + random.nextInt(2) * 10)
                .mapToObj(number -> WindowDefinition.Spec.random(random, number).yaml())
                .forEach(lines::add);
        lines.add("later: { value: feature.hour + 1.0 }");
        return Streams.pipeline(lines.toArray(String[]::new));
    }

    private static List<Consumer<Streams>> records(Random random) {
        List<Consumer<Streams>> records = new ArrayList<>();
        long at = START;
        for (int i = 0; i < RECORDS; i++) {
            at += random.nextInt(120_000);
            long time = at - random.nextInt(5) * 60_000L;
            String id = "e" + (random.nextInt(3) == 0 ? random.nextInt(i + 1) : i);
            String shop = "shop" + random.nextInt(3);
            String kind = "kind" + random.nextInt(3);
            Double amount = random.nextInt(5) == 0 ? null : (Double) (random.nextInt(50) * 1.0);
            int minutes = random.nextInt(30);
            records.add(
                    random.nextInt(3) == 0
                            ? streams -> streams.send(streams.label(id, time, minutes))
                            : streams -> streams.send(streams.event(id, shop, kind, time, amount)));
        }
        return records;
    }

    private Superseded always(Pipeline before) {
        return new Superseded(before, Optional::empty, () -> CLOCK);
    }

    private List<FeatureRow> rows(
            Pipeline pipeline,
            Optional<Superseded> superseded,
            List<Consumer<Streams>> records,
            Map<String, List<KeyValue<byte[], byte[]>>> restored) {
        try (Streams streams = streams(pipeline, superseded, restored, "r")) {
            records.forEach(record -> record.accept(streams));
            return streams.features();
        }
    }

    private List<FeatureRow> rows(
            Pipeline pipeline, Optional<Superseded> superseded, List<Consumer<Streams>> records, int upTo) {
        return rows(pipeline, superseded, records.subList(0, upTo), Map.of());
    }

    /** The rows after the declaration was changed. */
    private List<FeatureRow> continued(Pipeline before, Pipeline after, List<Consumer<Streams>> records, int from) {
        Map<String, List<KeyValue<byte[], byte[]>>> stores;
        MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
        try (Streams streams = new Streams(registry, state.resolve("x"), Map.of(), Streams.IN_MEMORY, before)) {
            records.subList(0, from).forEach(record -> record.accept(streams));
            stores = streams.stores();
        }
        try (Streams streams = new Streams(
                registry, state.resolve("y"), stores, Streams.IN_MEMORY, after, Optional.of(always(before)))) {
            records.subList(from, records.size()).forEach(record -> record.accept(streams));
            return streams.features();
        }
    }

    private Streams streams(
            Pipeline pipeline,
            Optional<Superseded> superseded,
            Map<String, List<KeyValue<byte[], byte[]>>> restored,
            String directory) {
        return new Streams(
                new MockSchemaRegistryClient(),
                state.resolve(directory),
                restored,
                Streams.IN_MEMORY,
                pipeline,
                superseded);
    }

    /** What a model of the superseded declaration takes from rows, those from before the change among them. */
    private static List<List<@Nullable Object>> inputs(Pipeline before, Pipeline after, List<FeatureRow> rows) {
        FeatureRowSchema old = FeatureRowSchema.of(before);
        ModelInputs inputs = ModelInputs.of(FeatureRowSchema.of(after), old.featureSet(), old.names());
        ModelInputs own = ModelInputs.of(old, old.featureSet(), old.names());
        return rows.stream()
                .map(row -> row.featureSet().equals(old.featureSet()) ? own.of(row) : inputs.of(row))
                .map(values -> Arrays.asList(values.orElseThrow()))
                .toList();
    }
}
