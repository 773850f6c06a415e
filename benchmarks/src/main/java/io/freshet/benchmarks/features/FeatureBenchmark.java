package io.freshet.benchmarks.features;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.features.FeatureTopology;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.KafkaSettings;
import io.freshet.runtime.StreamsWorker;
import io.freshet.runtime.Worker;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/**
 * Runs the feature topology, as feature-stream does, on a broker that is there, beside a topology that only passes the
 * same records on.
 *
 * <p>Arguments: bootstrap servers, registry, then {@code throughput EVENTS ROUNDS}, {@code partitions EVENTS ROUNDS},
 * {@code long EVENTS}, {@code latency EVENTS} or {@code restart KEYS}.
 */
public final class FeatureBenchmark {
    private static final String AT_LEAST_ONCE = "at_least_once";
    private static final String EXACTLY_ONCE = "exactly_once_v2";
    private static final long CACHE_BYTES = 64L * 1024 * 1024;
    private static final int CARDS = 5_000;
    private static final int PER_SECOND = 1_000;
    private static final String IDS = "ids";
    private static final int STRETCHES = 10;

    private final String servers;
    private final String registry;
    private final String run = Long.toString(System.currentTimeMillis(), 36);
    private int workers;

    private FeatureBenchmark(String servers, String registry) {
        this.servers = servers;
        this.registry = registry;
    }

    /** Runs what the arguments name and prints it. */
    public static void main(String[] arguments) throws Exception {
        FeatureBenchmark benchmark = new FeatureBenchmark(arguments[0], arguments[1]);
        int size = Integer.parseInt(arguments[3]);
        switch (arguments[2]) {
            case "throughput" -> benchmark.throughput(size, Integer.parseInt(arguments[4]));
            case "partitions" -> benchmark.partitions(size, Integer.parseInt(arguments[4]));
            case "long" -> benchmark.longRun(size);
            case "latency" -> benchmark.latency(size);
            case "restart" -> benchmark.restart(size);
            default ->
                throw new IllegalArgumentException(
                        arguments[2] + " must be throughput, partitions, long, latency or restart");
        }
    }

    /** What is compared. */
    private enum Variant {
        /** Bytes in, the same bytes out. */
        BYTES(0),
        /** Avro records decoded and encoded again, as any topology that looks at its records has to. */
        PASS_THROUGH(0),
        /** Passed through, and each kept by its id in a store with a changelog: the least it takes to know duplicates. */
        KNOWN_BY_ID(0),
        FEATURES_6(6),
        FEATURES_30(30);

        private final int features;

        Variant(int features) {
            this.features = features;
        }
    }

    /** Where payments are. */
    private record Source(String pipeline, int partitions) {
        /**
         * Where each event is answered: by its row or, for want of one, its refusal. Events here come hundreds of times as fast
         * as they happened, so that one of two partitions may fall behind the other by more than the lateness.
         */
        List<TopicPartition> answers() {
            return Stream.of(".features", ".rejected")
                    .flatMap(topic -> IntStream.range(0, partitions)
                            .mapToObj(partition -> new TopicPartition(pipeline + topic, partition)))
                    .toList();
        }
    }

    private record Measured(double perSecond, double cpuMicros) {
        static Measured median(List<Measured> rounds) {
            return new Measured(
                    FeatureBenchmark.median(rounds.stream().mapToDouble(Measured::perSecond)),
                    FeatureBenchmark.median(rounds.stream().mapToDouble(Measured::cpuMicros)));
        }
    }

    private void throughput(int events, int rounds) throws Exception {
        Map<String, List<Measured>> all = new LinkedHashMap<>();
        Source source = filled(1, events);
        // The first round warms up and is not counted.
        for (int round = 0; round <= rounds; round++) {
            for (String guarantee : List.of(EXACTLY_ONCE, AT_LEAST_ONCE)) {
                for (Variant variant : Variant.values()) {
                    Measured measured = process(source, variant, guarantee, events);
                    if (round > 0) {
                        all.computeIfAbsent(guarantee + " " + variant, key -> new ArrayList<>())
                                .add(measured);
                    }
                }
            }
        }
        System.out.printf("%-16s %-14s %12s %8s %14s%n", "guarantee", "topology", "events/s", "ratio", "CPU us/event");
        for (String guarantee : List.of(EXACTLY_ONCE, AT_LEAST_ONCE)) {
            double base = Measured.median(all.getOrDefault(guarantee + " " + Variant.PASS_THROUGH, List.of()))
                    .perSecond();
            for (Variant variant : Variant.values()) {
                print(
                        guarantee,
                        variant,
                        Measured.median(all.getOrDefault(guarantee + " " + variant, List.of())),
                        base);
            }
        }
    }

    private static void print(String setting, Variant variant, Measured measured, double base) {
        System.out.printf(
                Locale.ROOT,
                "%-16s %-14s %12.0f %8.2f %14.1f%n",
                setting,
                spelled(variant),
                measured.perSecond(),
                measured.perSecond() / base,
                measured.cpuMicros());
    }

    private static String spelled(Variant variant) {
        return variant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private Source filled(int partitions, int events) throws InterruptedException {
        Source source = new Source("payments-" + run + "-" + partitions, partitions);
        try (KafkaConnection connection = connection(EXACTLY_ONCE)) {
            Payments.fill(connection, source.pipeline(), partitions, events, CARDS, false);
        }
        return source;
    }

    /** One partition on one thread beside two on two, exactly once; ratios to one partition passed through. */
    private void partitions(int events, int rounds) throws Exception {
        List<Variant> variants = List.of(Variant.PASS_THROUGH, Variant.FEATURES_30);
        List<Source> sources = List.of(filled(1, events), filled(2, events));
        Map<Source, Map<Variant, List<Measured>>> all = new LinkedHashMap<>();
        for (int round = 0; round <= rounds; round++) {
            for (Source source : sources) {
                for (Variant variant : variants) {
                    Measured measured = process(source, variant, EXACTLY_ONCE, events);
                    if (round > 0) {
                        all.computeIfAbsent(source, key -> new LinkedHashMap<>())
                                .computeIfAbsent(variant, key -> new ArrayList<>())
                                .add(measured);
                    }
                }
            }
        }
        System.out.printf("%-16s %-14s %12s %8s %14s%n", "partitions", "topology", "events/s", "ratio", "CPU us/event");
        double[] base = new double[1];
        all.forEach((source, byVariant) -> byVariant.forEach((variant, measured) -> {
            Measured median = Measured.median(measured);
            base[0] = base[0] == 0 ? median.perSecond() : base[0];
            print(Integer.toString(source.partitions()), variant, median, base[0]);
        }));
    }

    /** From half of the answers that can be read to the last: starting up and compiling are left out. */
    private Measured process(Source source, Variant variant, String guarantee, int events) throws Exception {
        Path state = Files.createTempDirectory("features");
        try (KafkaConnection connection = connection(guarantee);
                KafkaConsumer<byte[], byte[]> reader = connection.consumer("end", Map.of())) {
            connection.ensure(Topics.of(source.pipeline(), source.partitions()));
            List<TopicPartition> answers = source.answers();
            long before = end(reader, answers);
            try (Running worker = start(connection, source, variant, state)) {
                await(() -> end(reader, answers) - before >= events / 2 && worker.processed() > 0);
                return until(reader, answers, before + events);
            }
        } finally {
            delete(state);
        }
    }

    /** The course of a long run, in which state grows and code settles: each tenth by itself, exactly once. */
    private void longRun(int events) throws Exception {
        Source source = filled(1, events);
        System.out.printf("%-14s %12s %12s %14s%n", "topology", "events", "events/s", "CPU us/event");
        for (Variant variant : List.of(Variant.PASS_THROUGH, Variant.KNOWN_BY_ID, Variant.FEATURES_30)) {
            Path state = Files.createTempDirectory("features");
            try (KafkaConnection connection = connection(EXACTLY_ONCE);
                    KafkaConsumer<byte[], byte[]> reader = connection.consumer("end", Map.of())) {
                connection.ensure(Topics.of(source.pipeline(), source.partitions()));
                List<TopicPartition> answers = source.answers();
                long before = end(reader, answers);
                try (Running worker = start(connection, source, variant, state)) {
                    await(() -> worker.processed() > 0);
                    for (int stretch = 1; stretch <= STRETCHES; stretch++) {
                        long goal = before + (long) events * stretch / STRETCHES;
                        Measured measured = until(reader, answers, goal);
                        System.out.printf(
                                Locale.ROOT,
                                "%-14s %12d %12.0f %14.1f%n",
                                spelled(variant),
                                goal - before,
                                measured.perSecond(),
                                measured.cpuMicros());
                    }
                }
            } finally {
                delete(state);
            }
        }
    }

    /** From now until the answers that can be read reach a number. */
    private static Measured until(KafkaConsumer<byte[], byte[]> reader, List<TopicPartition> answers, long goal)
            throws Exception {
        long first = end(reader, answers);
        long began = System.nanoTime();
        long cpu = cpuNanos();
        await(() -> end(reader, answers) >= goal);
        double records = end(reader, answers) - first;
        return new Measured(records / ((System.nanoTime() - began) / 1e9), (cpuNanos() - cpu) / 1e3 / records);
    }

    private static long end(KafkaConsumer<byte[], byte[]> reader, List<TopicPartition> of) {
        return reader.endOffsets(of).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /** From the send of an event to its row in a read-committed consumer, at a steady rate. */
    private void latency(int events) throws Exception {
        System.out.printf("%-16s %-14s %10s %10s%n", "guarantee", "topology", "p50 ms", "p99 ms");
        for (String guarantee : List.of(EXACTLY_ONCE, AT_LEAST_ONCE)) {
            for (Variant variant : List.of(Variant.PASS_THROUGH, Variant.FEATURES_6, Variant.FEATURES_30)) {
                double[] millis = latencies(variant, guarantee, events);
                System.out.printf(
                        Locale.ROOT,
                        "%-16s %-14s %10.0f %10.0f%n",
                        guarantee,
                        spelled(variant),
                        millis[millis.length / 2],
                        millis[(int) (millis.length * 0.99)]);
            }
        }
    }

    private double[] latencies(Variant variant, String guarantee, int events) throws Exception {
        String source = "latency-" + run + "-" + workers;
        Source paced = new Source(source, 1);
        Path state = Files.createTempDirectory("features");
        try (KafkaConnection connection = connection(guarantee)) {
            Payments.fill(connection, source, 1, PER_SECOND, CARDS, false);
            try (Running worker = start(connection, paced, variant, state);
                    KafkaProducer<byte[], byte[]> producer = connection.producer("paced", Map.of("linger.ms", 0));
                    KafkaConsumer<byte[], byte[]> consumer =
                            connection.consumer("rows", Map.of("group.id", "rows-" + source))) {
                await(() -> worker.processed() >= PER_SECOND);
                KafkaAvroSerializer serializer = WireFormat.serializer(connection.registry(), registry);
                long[] sent = new long[events];
                Thread sending = Thread.ofPlatform().start(() -> {
                    long began = System.nanoTime();
                    for (int i = 0; i < events; i++) {
                        LockSupport.parkNanos(began + i * (1_000_000_000L / PER_SECOND) - System.nanoTime());
                        sent[i] = System.nanoTime();
                        producer.send(Payments.record(
                                serializer,
                                source,
                                "n" + i,
                                "card-" + i % CARDS,
                                "terminal-" + i % CARDS,
                                Instant.parse("2025-06-01T00:00:00Z").toEpochMilli() + i,
                                1));
                    }
                });
                consumer.subscribe(List.of(worker.output()));
                double[] millis = new double[events];
                int seen = -PER_SECOND;
                while (seen < events) {
                    for (var row : consumer.poll(java.time.Duration.ofMillis(10))) {
                        if (seen >= 0) {
                            millis[seen] = (System.nanoTime() - sent[seen]) / 1e6;
                        }
                        seen++;
                    }
                }
                sending.join();
                Arrays.sort(millis);
                return millis;
            }
        } finally {
            delete(state);
        }
    }

    /** State per key, and the time until a restarted topology works again: with its state, and without. */
    private void restart(int keys) throws Exception {
        Source source = new Source("keys-" + run, 1);
        Path state = Files.createTempDirectory("features");
        try (KafkaConnection connection = connection(EXACTLY_ONCE)) {
            Payments.fill(connection, source.pipeline(), 1, keys, keys, true);
            String application = "restart-" + run;
            try (Running worker = start(connection, source, Variant.FEATURES_6, state, application)) {
                await(() -> worker.processed() >= keys);
            }
            System.out.printf(
                    Locale.ROOT,
                    "%,d cards and their terminals: %.0f bytes on disk a card%n",
                    keys,
                    (double) size(state) / keys);
            System.out.printf(
                    Locale.ROOT, "restart with its state    %.1f s%n", again(connection, source, state, application));
            delete(state);
            System.out.printf(
                    Locale.ROOT, "restart without its state %.1f s%n", again(connection, source, state, application));
        } finally {
            delete(state);
        }
    }

    private double again(KafkaConnection connection, Source source, Path state, String application) throws Exception {
        KafkaAvroSerializer serializer = WireFormat.serializer(connection.registry(), registry);
        try (KafkaProducer<byte[], byte[]> producer = connection.producer("one", Map.of())) {
            producer.send(Payments.record(
                            serializer,
                            source.pipeline(),
                            "again" + System.nanoTime(),
                            "card-1",
                            "terminal-1",
                            Instant.parse("2025-06-01T00:00:00Z").toEpochMilli(),
                            1))
                    .get();
        }
        long began = System.nanoTime();
        try (Running worker = start(connection, source, Variant.FEATURES_6, state, application)) {
            await(() -> worker.processed() >= 1);
            return (System.nanoTime() - began) / 1e9;
        }
    }

    private Running start(KafkaConnection connection, Source source, Variant variant, Path state) throws Exception {
        return start(connection, source, variant, state, "benchmark-" + run + "-" + workers++);
    }

    private Running start(KafkaConnection connection, Source source, Variant variant, Path state, String application)
            throws Exception {
        Topology topology;
        String output = source.pipeline() + ".features";
        if (variant.features == 0) {
            topology = new Topology()
                    .addSource(
                            "read",
                            new ByteArrayDeserializer(),
                            new ByteArrayDeserializer(),
                            source.pipeline() + ".events")
                    .addProcessor("pass", () -> new Pass(variant, connection), "read")
                    .addSink("write", output, new ByteArraySerializer(), new ByteArraySerializer(), "pass");
            if (variant == Variant.KNOWN_BY_ID) {
                topology.addStateStore(
                        Stores.keyValueStoreBuilder(
                                Stores.persistentKeyValueStore(IDS), Serdes.ByteArray(), Serdes.ByteArray()),
                        "pass");
            }
        } else {
            Pipeline pipeline = Payments.pipeline(source.pipeline(), source.partitions(), variant.features);
            connection.ensure(Topics.of(source.pipeline(), source.partitions()));
            connection.ensure(FeatureTopology.topics(pipeline, Optional.empty()));
            topology = FeatureTopology.of(
                    pipeline, Optional.empty(), 1, connection.registry(), registry, InstantSource.system());
        }
        StreamsWorker worker = StreamsWorker.start(
                connection,
                application,
                topology,
                state,
                Map.of(
                        "max.task.idle.ms",
                        0L,
                        "num.stream.threads",
                        source.partitions(),
                        "statestore.cache.max.bytes",
                        CACHE_BYTES));
        return new Running(worker, output);
    }

    /** Passes records on. */
    private static final class Pass implements Processor<byte[], byte[], byte[], byte[]> {
        private final Variant variant;
        private final KafkaAvroDeserializer reader;
        private final KafkaAvroSerializer writer;
        private @Nullable ProcessorContext<byte[], byte[]> context;
        private @Nullable KeyValueStore<byte[], byte[]> ids;

        Pass(Variant variant, KafkaConnection connection) {
            this.variant = variant;
            reader = WireFormat.deserializer(
                    connection.registry(), connection.settings().registryUrl(), false);
            writer = WireFormat.serializer(
                    connection.registry(), connection.settings().registryUrl());
        }

        @Override
        public void init(ProcessorContext<byte[], byte[]> given) {
            context = given;
            ids = variant == Variant.KNOWN_BY_ID ? given.getStateStore(IDS) : null;
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            byte[] value = variant == Variant.BYTES ? record.value() : encodedAgain(record.value());
            Objects.requireNonNull(context).forward(record.withValue(value));
        }

        private byte[] encodedAgain(byte[] record) {
            GenericRecord decoded = (GenericRecord) reader.deserialize("passed-through", record);
            byte[] encoded = writer.serialize("passed-through", decoded);
            if (ids != null) {
                byte[] id = decoded.get("id").toString().getBytes(StandardCharsets.UTF_8);
                if (ids.get(id) == null) {
                    ids.put(id, encoded);
                }
            }
            return encoded;
        }
    }

    /** A topology that runs, and where its rows go. */
    private record Running(StreamsWorker worker, String output) implements AutoCloseable {
        double processed() {
            if (worker.status() instanceof Worker.Failed(String reason)) {
                throw new IllegalStateException(reason);
            }
            return worker.streams().metrics().entrySet().stream()
                    .filter(metric -> metric.getKey().name().equals("process-total")
                            && metric.getKey().group().equals("stream-thread-metrics"))
                    .mapToDouble(metric -> ((Number) metric.getValue().metricValue()).doubleValue())
                    .sum();
        }

        @Override
        public void close() {
            worker.close();
        }
    }

    private KafkaConnection connection(String guarantee) {
        return new KafkaConnection(new KafkaSettings(
                servers, registry, "benchmark", (short) 1, Map.of("processing.guarantee", guarantee)));
    }

    private static void await(BooleanSupplier holds) {
        while (!holds.getAsBoolean()) {
            LockSupport.parkNanos(20_000_000);
        }
    }

    private static double median(java.util.stream.DoubleStream values) {
        double[] sorted = values.sorted().toArray();
        return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static long size(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
