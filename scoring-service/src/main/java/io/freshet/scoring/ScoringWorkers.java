package io.freshet.scoring;

import io.freshet.runtime.DeclaredPipeline;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.ModelCatalogue;
import io.freshet.runtime.TransactionalLoop;
import io.freshet.runtime.Worker;
import io.freshet.runtime.WorkerFactory;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Scores each pipeline with a loop of its own; all share one view of the deployed models. */
@Singleton
final class ScoringWorkers implements WorkerFactory {
    private static final Duration LONGEST_STEP = Duration.ofMinutes(2);
    private static final int BATCH = 500;

    private final KafkaConnection connection;
    private final ScoringMetrics metrics;
    private @Nullable ModelCatalogue catalogue;

    ScoringWorkers(KafkaConnection connection, ScoringMetrics metrics) {
        this.connection = connection;
        this.metrics = metrics;
    }

    @Override
    public Worker start(DeclaredPipeline declared) {
        String pipeline = declared.pipeline().name();
        ScoringFlow flow =
                new ScoringFlow(declared.pipeline(), connection, catalogue(), metrics, InstantSource.system());
        return TransactionalLoop.start(
                connection,
                new TransactionalLoop.Spec("freshet-scoring-" + pipeline, pipeline + ".features", LONGEST_STEP, BATCH),
                flow);
    }

    /** Opened with the first pipeline, when its topics are sure to exist. */
    private synchronized ModelCatalogue catalogue() {
        ModelCatalogue open = catalogue;
        if (open == null) {
            open = new ModelCatalogue(connection);
            catalogue = open;
        }
        return open;
    }

    @PreDestroy
    synchronized void close() {
        if (catalogue != null) {
            catalogue.close();
        }
    }
}
