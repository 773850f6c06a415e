package io.freshet.features;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.topic.Topic;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StagesTest {
    private static final int PARTITIONS = 3;
    private static final long START = Instant.parse("2025-03-01T22:00:00Z").toEpochMilli();

    @TempDir
    Path state;

    @Test
    void shouldNameATopicForEachKindOfEntityOnce() {
        Pipeline pipeline = Streams.pipeline(
                2,
                "hour: { value: 'hour(event.at, \"UTC\")' }",
                "a: { count: event, by: shop, over: 1h }",
                "b: { mean: label.minutes, by: [shop], over: 1d }",
                "c: { count: event, by: [kind, shop], over: 1h }",
                "d: { count: event, by: [], over: 1h }",
                "e: { count: event, by: hour, over: 1h }");

        List<String> names = FeatureTopology.topics(pipeline, Optional.empty()).stream()
                .map(Topic::name)
                .toList();

        assertThat(names)
                .hasSize(6)
                .startsWith("orders.arrivals", "orders.by-shop", "orders.by-kind-shop", "orders.by.all")
                .endsWith("orders.parts")
                .allMatch(name -> name.matches("[a-z0-9.-]{1,200}"));
        assertThat(FeatureTopology.topics(Streams.pipeline("a: { count: event, over: 1h }"), Optional.empty()))
                .isEmpty();
    }

    @Test
    void shouldGiveEveryEventOneRowWhenTheDeclarationChangesInTheMiddle() {
        long first = Long.getLong("seed", new Random().nextLong());
        for (int i = 0; i < 8; i++) {
            Random random = new Random(first + i);
            Pipeline before = Streams.pipeline(
                    PARTITIONS,
                    "shopCount: { count: event, by: shop, over: 1h }",
                    "kindCount: { count: event, by: kind, over: 1h }",
                    "pairCount: { count: event, by: [shop, kind], over: 1h }");
            Pipeline after = Streams.pipeline(
                    PARTITIONS,
                    "all: { count: event, by: [], over: 1h }",
                    "kindMax: { max: event.amount, by: kind, over: 1h }",
                    "kindCount: { count: event, by: kind, over: 1h }",
                    "shops: { count: event, by: shop, over: 1h }");
            Map<String, Integer> shopCounts = new HashMap<>();
            try (StagedStreams streams =
                    new StagedStreams(new MockSchemaRegistryClient(), state.resolve("s" + i), before, random)) {
                int[] sofar = new int[4];
                for (int e = 0; e < 300; e++) {
                    int shop = random.nextInt(4);
                    GenericRecord event = Streams.event(
                            before, "o" + e, "shop" + shop, "kind" + random.nextInt(3), START + e * 1_000L, 1.0);
                    streams.send("orders.events", random.nextInt(PARTITIONS), streams.bytes("orders.events", event));
                    shopCounts.put("o" + e, sofar[shop]++);
                }
                streams.runSome();
                streams.redeclare(after);
                streams.run();

                assertThat(streams.rejected).as("seed %d", first + i).isEmpty();
                assertThat(streams.features)
                        .as("seed %d", first + i)
                        .extracting(FeatureRow::eventId)
                        .containsExactlyInAnyOrderElementsOf(shopCounts.keySet());
                String changed = FeatureRowSchema.of(after).featureSet();
                assertThat(streams.features).anyMatch(row -> row.featureSet().equals(changed));
                assertThat(streams.features)
                        .allSatisfy(row -> assertThat(
                                        row.values().get(row.featureSet().equals(changed) ? 3 : 0))
                                .as("seed %d: %s", first, row)
                                .isEqualTo((double) shopCounts.get(row.eventId())));
            }
        }
    }

    @Test
    void shouldCarryTheFeaturesOfASupersededDeclarationByTheirOwnDefinition() {
        Pipeline before = Streams.pipeline(PARTITIONS, "events: { count: event, by: shop, over: 1h }");
        Pipeline after = Streams.pipeline(PARTITIONS, "events: { count: event, by: kind, over: 1h }");
        String set = FeatureRowSchema.of(before).featureSet();
        Superseded superseded =
                new Superseded(before, () -> Optional.of(set), InstantSource.fixed(Instant.ofEpochMilli(START)));
        Random random = new Random(3);
        Map<String, List<Double>> expected = new HashMap<>();
        try (StagedStreams streams =
                new StagedStreams(new MockSchemaRegistryClient(), state, after, Optional.of(superseded), random)) {
            double[] byShop = new double[4];
            double[] byKind = new double[3];
            for (int e = 0; e < 200; e++) {
                int shop = random.nextInt(4);
                int kind = random.nextInt(3);
                GenericRecord event =
                        Streams.event(after, "o" + e, "shop" + shop, "kind" + kind, START + e * 1_000L, 1.0);
                streams.send("orders.events", random.nextInt(PARTITIONS), streams.bytes("orders.events", event));
                expected.put("o" + e, List.of(byKind[kind]++, byShop[shop]++));
            }
            streams.run();

            assertThat(streams.features).hasSize(200).allSatisfy(row -> {
                assertThat(row.values())
                        .containsExactly(expected.get(row.eventId()).getFirst());
                assertThat(row.others()).singleElement().satisfies(part -> {
                    assertThat(part.featureSet()).isEqualTo(set);
                    assertThat(part.values())
                            .containsEntry("events", expected.get(row.eventId()).getLast());
                });
            });
        }
    }
}
