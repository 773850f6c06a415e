package io.freshet.drift.service;

import io.freshet.drift.PerformanceGauges;
import io.freshet.drift.performance.Figures;
import io.freshet.drift.performance.Promise;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The gauges {@code freshet.performance.*}, by pipeline, version and metric. */
@Singleton
final class PerformanceMeters {
    private final MeterRegistry meters;
    private final Map<String, Gauges> pipelines = new ConcurrentHashMap<>();

    PerformanceMeters(MeterRegistry meters) {
        this.meters = meters;
    }

    PerformanceGauges of(String pipeline) {
        return pipelines.computeIfAbsent(pipeline, name -> new Gauges(meters, name));
    }

    private static final class Gauges implements PerformanceGauges {
        private final MultiGauge promised;
        private final MultiGauge realised;
        private final MultiGauge labelled;

        private Gauges(MeterRegistry meters, String pipeline) {
            this.promised = MultiGauge.builder("freshet.performance.promised")
                    .description("The serving model's metrics on its hold-out")
                    .tag("pipeline", pipeline)
                    .register(meters);
            this.realised = MultiGauge.builder("freshet.performance.realised")
                    .description("The serving model's metrics in the newest window whose labels are known")
                    .tag("pipeline", pipeline)
                    .register(meters);
            this.labelled = MultiGauge.builder("freshet.performance.labelled.rows")
                    .description("Labelled predictions of the serving model in that window")
                    .tag("pipeline", pipeline)
                    .register(meters);
        }

        /** A metric that was promised is shown as NaN until it is realised. */
        @Override
        public synchronized void show(int modelVersion, Optional<Promise> promise, Optional<Figures> figures) {
            String version = Integer.toString(modelVersion);
            List<Row<?>> promises = new ArrayList<>();
            List<Row<?>> values = new ArrayList<>();
            Map<Metric, Double> metrics = figures.map(Figures::metrics).orElse(Map.of());
            for (Metric metric : Metric.values()) {
                Tags tags = Tags.of("version", version, "metric", metric.spelled());
                Optional.ofNullable(
                                promise.map(Promise::estimates).orElse(Map.of()).get(metric))
                        .ifPresent(estimate -> promises.add(Row.of(tags, estimate.value())));
                if (metrics.containsKey(metric) || promises.size() > values.size()) {
                    values.add(Row.of(tags, metrics.getOrDefault(metric, Double.NaN)));
                }
            }
            promised.register(promises, true);
            realised.register(values, true);
            labelled.register(
                    modelVersion == 0
                            ? List.of()
                            : List.of(Row.of(
                                    Tags.of("version", version),
                                    figures.map(Figures::rows).orElse(0L))),
                    true);
        }
    }
}
