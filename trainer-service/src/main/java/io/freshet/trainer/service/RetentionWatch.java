package io.freshet.trainer.service;

import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.ModelCatalogue;
import io.freshet.runtime.ModelRegistry;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.trainer.dataset.PinnedRetention;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when retention removes what models were trained on that may have to be explained: the one that serves, and the one
 * before, which a rollback brings back. It looks hourly and after each training, on a thread of its own. Each model is
 * warned of once as long as this process runs; the metrics go on telling.
 */
final class RetentionWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RetentionWatch.class);
    private static final Duration CATALOGUE_WITHIN = Duration.ofSeconds(60);

    private final KafkaConnection connection;
    private final ModelCatalogue catalogue;
    private final ModelRegistry registry;
    private final TrainerMetrics metrics;
    private final InstantSource clock;
    private final Set<String> pipelines = ConcurrentHashMap.newKeySet();
    private final Set<String> warned = new HashSet<>();
    private final ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(
            1,
            Thread.ofPlatform().daemon().name("retention-watch").factory(),
            // A training may end while the service stops.
            new ThreadPoolExecutor.DiscardPolicy());

    RetentionWatch(
            KafkaConnection connection,
            ModelCatalogue catalogue,
            ModelRegistry registry,
            TrainerMetrics metrics,
            InstantSource clock) {
        this.connection = connection;
        this.catalogue = catalogue;
        this.registry = registry;
        this.metrics = metrics;
        this.clock = clock;
        thread.scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.HOURS);
    }

    /** Looks at a pipeline's models from now on. */
    void watch(String pipeline) {
        pipelines.add(pipeline);
        lookSoon();
    }

    /** Models may have changed. */
    void lookSoon() {
        thread.execute(this::look);
    }

    private void look() {
        try {
            registry.awaitEnd(CATALOGUE_WITHIN);
            catalogue.awaitEnd(CATALOGUE_WITHIN);
            List<TrainerMetrics.Pinned> states = new ArrayList<>();
            for (String pipeline : pipelines) {
                for (ModelRegistered model : needed(pipeline)) {
                    PinnedRetention left = PinnedRetention.of(connection, model.getDataset(), clock.instant());
                    states.add(new TrainerMetrics.Pinned(pipeline, model.getVersion(), left));
                    warn(model, left);
                }
            }
            metrics.pinned(states);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | KafkaException | IllegalStateException e) {
            LOG.warn("what retention leaves of training sets is not known: {}", e.toString());
        }
    }

    /** The models that serve now and served before, as far as they are registered. */
    private List<ModelRegistered> needed(String pipeline) {
        return catalogue.deployment(pipeline).stream()
                .flatMap(deployed -> Stream.of(deployed.getChampionVersion(), deployed.getPreviousVersion()))
                .flatMap(version -> registry.model(pipeline, version).stream())
                .toList();
    }

    private void warn(ModelRegistered model, PinnedRetention left) {
        String name = model.getPipeline() + " version " + model.getVersion();
        if (left.missing() > 0) {
            if (warned.add(name + " missing")) {
                LOG.warn(
                        "{}: retention has removed {} offsets of what it was trained on: it cannot be reproduced any more",
                        name,
                        left.missing());
            }
        } else if (left.expiring() > 0 && warned.add(name + " expiring")) {
            LOG.warn(
                    "{}: retention removes {} offsets of what it was trained on within {} days: raise retention.ms of {},"
                            + " or keep a copy by freshet dataset export",
                    name,
                    left.expiring(),
                    PinnedRetention.SOON.toDays(),
                    model.getDataset().getFirst().getTopic());
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
