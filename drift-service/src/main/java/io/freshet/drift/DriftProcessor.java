package io.freshet.drift;

import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.drift.performance.Promise;
import io.freshet.schemas.message.DriftAlert;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.topic.Topics;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Feeds the monitor, announces what it decides, and keeps its state: a stream record is one small entry of a journal, and
 * the panes are written only when that is full, a pane closes or something is decided. What a restart finds is the last
 * such snapshot and the entries of its generation, which are applied again.
 */
final class DriftProcessor implements Processor<byte[], Arrival, byte[], byte[]> {
    static final String PANES = "panes";
    static final String JOURNAL = "journal";
    static final String BASELINES = "baselines";
    static final String PROGRESS = "progress";
    static final String OUTCOMES = "outcomes";
    static final String PROMISES = "promises";
    static final String ALERTS_SINK = "write-alerts";
    static final String REQUESTS_SINK = "write-retrain-requests";
    static final String INCIDENTS_SINK = "write-incidents";

    /** How often the schedule is looked at, processing time. */
    static final Duration LOOK_AT_SCHEDULE = Duration.ofSeconds(5);

    /** Entries between two snapshots. */
    static final int JOURNAL_SIZE = 256;

    private static final String NOW = "now";

    private final Pipeline pipeline;
    private final KafkaAvroSerializer writer;
    private final InstantSource clock;
    private final DriftMonitor monitor;
    private final PerformanceGauges gauges;
    private final SkipCounts skipped;

    private @Nullable ProcessorContext<byte[], byte[]> context;
    private @Nullable KeyValueStore<Long, byte[]> panes;
    private @Nullable Journal journal;
    private @Nullable KeyValueStore<Integer, byte[]> baselines;
    private @Nullable KeyValueStore<String, byte[]> progress;
    private @Nullable KeyValueStore<Long, byte[]> outcomes;
    private @Nullable KeyValueStore<Integer, byte[]> promises;
    private @Nullable Reference loaded;

    DriftProcessor(FeatureSets sets, KafkaAvroSerializer writer, InstantSource clock, PerformanceGauges gauges) {
        this.pipeline = sets.declared();
        this.writer = writer;
        this.clock = clock;
        this.skipped = new SkipCounts(pipeline.name(), clock);
        this.monitor = new DriftMonitor(sets, this::model, this::promise);
        this.gauges = gauges;
    }

    /** What panes and journalled rows are of; those of another layout mean nothing. */
    private String layout() {
        return monitor.watched() + " " + monitor.panes().length() + " "
                + pipeline.event().lateness().toMillis();
    }

    /** The pure part, for tests to look at. */
    DriftMonitor monitor() {
        return monitor;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> given) {
        context = given;
        panes = given.getStateStore(PANES);
        journal = new Journal(given.getStateStore(JOURNAL), JOURNAL_SIZE);
        baselines = given.getStateStore(BASELINES);
        progress = given.getStateStore(PROGRESS);
        outcomes = given.getStateStore(OUTCOMES);
        promises = given.getStateStore(PROMISES);
        skipped.register(given.metrics());
        restore();
        show();
        given.schedule(LOOK_AT_SCHEDULE, PunctuationType.WALL_CLOCK_TIME, this::lookAtSchedule);
    }

    private void lookAtSchedule(long clock) {
        DriftMonitor.Outcome outcome = monitor.scheduled(Instant.ofEpochMilli(clock));
        outcome.decisions().forEach(this::announce);
        if (outcome.settled()) {
            snapshot();
        }
    }

    @Override
    public void process(Record<byte[], Arrival> record) {
        Arrival arrival = record.value();
        if (arrival instanceof Arrival.Registered(Reference model)) {
            Objects.requireNonNull(baselines).put(model.modelVersion(), model.toBytes());
            loaded = null;
        } else if (arrival instanceof Arrival.Trained run && run.promised()) {
            Objects.requireNonNull(promises)
                    .put(run.newVersion(), run.promise().orElseThrow().toBytes());
        }
        DriftMonitor.Outcome outcome = monitor.apply(arrival);
        outcome.skipped().ifPresent(reason -> skipped.count(reason, records(arrival)));
        outcome.decisions().forEach(this::announce);
        boolean toKeep = outcome.taken() && arrival instanceof Arrival.Streamed;
        if (outcome.settled()) {
            show();
        }
        if (outcome.settled() || toKeep && !Objects.requireNonNull(journal).add((Arrival.Streamed) arrival)) {
            snapshot();
        }
    }

    private static long records(Arrival arrival) {
        return switch (arrival) {
            case Arrival.PanePart part -> part.content().records();
            case Arrival.OutcomesPart part -> part.content().records();
            default -> 1;
        };
    }

    private void show() {
        gauges.show(monitor.state().champion(), monitor.promise(), monitor.figures());
    }

    private void snapshot() {
        KeyValueStore<Long, byte[]> store = Objects.requireNonNull(panes);
        for (long number : monitor.panes().takeChanged()) {
            Pane pane = monitor.panes().all().get(number);
            if (pane == null) {
                store.delete(number);
            } else {
                store.put(number, pane.toBytes());
            }
        }
        monitor.performance()
                .takeChanged()
                .forEach((number, pane) -> Objects.requireNonNull(outcomes).put(number, pane.orElse(null)));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(layout());
            out.writeLong(Objects.requireNonNull(journal).next());
            out.write(monitor.progress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Objects.requireNonNull(progress).put(NOW, bytes.toByteArray());
    }

    private void restore() {
        // Entries from before the first snapshot are of generation 0.
        long generation = 0;
        boolean sameLayout = true;
        byte[] kept = Objects.requireNonNull(progress).get(NOW);
        if (kept != null) {
            try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(kept))) {
                String layout = in.readUTF();
                generation = in.readLong();
                restoreOutcomes(monitor.restore(in.readAllBytes()));
                sameLayout = layout.equals(layout());
                if (sameLayout) {
                    monitor.panes().restore(readPanes());
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        replay(generation, sameLayout);
        if (!sameLayout) {
            dropPanes();
            snapshot();
        }
    }

    private void restoreOutcomes(boolean same) {
        Map<Long, byte[]> kept = new HashMap<>();
        try (KeyValueIterator<Long, byte[]> all =
                Objects.requireNonNull(outcomes).all()) {
            all.forEachRemaining(entry -> kept.put(entry.key, entry.value));
        }
        kept.forEach((number, pane) -> {
            if (same) {
                monitor.performance().restore(number, pane);
            } else {
                Objects.requireNonNull(outcomes).delete(number);
                skipped.count(SkipReason.LAYOUT_CHANGED, 1);
            }
        });
    }

    private Map<Long, Pane> readPanes() {
        Map<Long, Pane> read = new HashMap<>();
        try (KeyValueIterator<Long, byte[]> all = Objects.requireNonNull(panes).all()) {
            all.forEachRemaining(entry -> read.put(entry.key, Pane.fromBytes(entry.value)));
        }
        return read;
    }

    private void replay(long generation, boolean sameLayout) {
        for (Arrival.Streamed arrival : Objects.requireNonNull(journal).restore(generation)) {
            // What a changed declaration would decide otherwise is decided with the next arrival.
            Arrival.Streamed left = arrival;
            if (arrival instanceof Arrival.Labelled labelled) {
                monitor.count(labelled);
                continue;
            } else if (arrival instanceof Arrival.Progress progress) {
                monitor.count(progress);
                left = progress.withoutLabels();
            }
            boolean ofAnswers = left instanceof Arrival.Realised || left instanceof Arrival.OutcomesPart;
            if ((sameLayout || ofAnswers) && monitor.applyAgain(left).settled()) {
                throw new IllegalStateException("a journalled record decides something when it is applied again");
            }
        }
    }

    private void dropPanes() {
        KeyValueStore<Long, byte[]> store = Objects.requireNonNull(panes);
        List<Long> numbers = new ArrayList<>();
        try (KeyValueIterator<Long, byte[]> all = store.all()) {
            all.forEachRemaining((KeyValue<Long, byte[]> entry) -> numbers.add(entry.key));
        }
        numbers.forEach(number -> {
            store.delete(number);
            skipped.count(SkipReason.LAYOUT_CHANGED, 1);
        });
    }

    private Optional<Reference> model(int version) {
        Reference cached = loaded;
        if (cached == null || cached.modelVersion() != version) {
            byte[] bytes = Objects.requireNonNull(baselines).get(version);
            cached = bytes == null ? null : Reference.fromBytes(bytes);
            loaded = cached;
        }
        return Optional.ofNullable(cached);
    }

    private Optional<Promise> promise(int version) {
        return Optional.ofNullable(Objects.requireNonNull(promises).get(version))
                .map(Promise::fromBytes);
    }

    private void announce(Decision decision) {
        switch (decision) {
            case Decision.PerformanceAlert alert ->
                announce(Announcements.alert(pipeline.name(), alert, clock.instant()));
            case Decision.Alert alert -> announce(Announcements.alert(pipeline.name(), alert, clock.instant()));
            case Decision.Retrain retrain ->
                forward(
                        pipeline.name(),
                        writer.serialize(
                                Topics.RETRAIN_REQUESTS.name(),
                                Announcements.request(pipeline.name(), retrain, clock.instant())),
                        REQUESTS_SINK);
            case Decision.Incident incident ->
                forward(
                        pipeline.name(),
                        writer.serialize(
                                Topics.INCIDENTS.name(),
                                Announcements.incident(pipeline.name(), incident, clock.instant())),
                        INCIDENTS_SINK);
        }
    }

    private void announce(DriftAlert alert) {
        forward(alert.getAlertId(), writer.serialize(Topics.DRIFT_ALERTS.name(), alert), ALERTS_SINK);
    }

    private void forward(String key, byte[] value, String sink) {
        Objects.requireNonNull(context)
                .forward(new Record<>(key.getBytes(StandardCharsets.UTF_8), value, clock.millis()), sink);
    }
}
