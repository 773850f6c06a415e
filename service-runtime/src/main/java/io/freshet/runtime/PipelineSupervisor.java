package io.freshet.runtime;

import io.freshet.runtime.Worker.Failed;
import io.freshet.runtime.Worker.Starting;
import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.topic.Topics;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one worker alive for each declared pipeline: starts it when the declaration appears, replaces it when the
 * declaration changes or the worker fails, stops it when the declaration is deleted. A declaration that cannot be read
 * leaves the one before in force.
 */
public final class PipelineSupervisor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PipelineSupervisor.class);
    private static final Duration LOOK = Duration.ofMillis(250);
    private static final Duration FIRST_BACK_OFF = Duration.ofMillis(500);
    private static final Duration LONGEST_BACK_OFF = Duration.ofSeconds(30);
    private static final Duration FORGIVEN_AFTER = Duration.ofMinutes(5);

    private final KafkaConnection connection;
    private final WorkerFactory factory;
    private final Map<String, Post> posts = new ConcurrentHashMap<>();
    private final Map<String, String> invalid = new ConcurrentHashMap<>();
    private final Semaphore changes = new Semaphore(0);
    private final Thread thread;
    private volatile boolean closed;
    private volatile boolean caughtUp;
    private volatile String trouble = "connecting to Kafka";

    private PipelineSupervisor(KafkaConnection connection, WorkerFactory factory, String service) {
        this.connection = connection;
        this.factory = factory;
        this.thread = Thread.ofPlatform().name("supervisor-" + service).unstarted(this::run);
    }

    /** Starts to supervise; Kafka need not be there yet. */
    public static PipelineSupervisor start(KafkaConnection connection, WorkerFactory factory, String service) {
        PipelineSupervisor supervisor = new PipelineSupervisor(connection, factory, service);
        supervisor.thread.start();
        return supervisor;
    }

    /** The pipeline in force under a name. */
    public Optional<DeclaredPipeline> pipeline(String name) {
        return Optional.ofNullable(posts.get(name)).map(post -> post.declared);
    }

    /** Whether a pipeline is in force, or may be for all that is known while the declarations are still being read. */
    public boolean mayDeclare(String name) {
        return !caughtUp || posts.containsKey(name);
    }

    /** Whether every declared pipeline has a running worker. */
    public boolean ready() {
        return caughtUp && posts.values().stream().allMatch(post -> post.status() instanceof Worker.Running);
    }

    /** What runs, and what does not and why, by pipeline; never empty values. */
    public Map<String, String> report() {
        Map<String, String> report = new TreeMap<>();
        if (!caughtUp) {
            report.put("kafka", trouble);
        }
        posts.forEach((name, post) -> report.put(
                name,
                "version " + post.declared.version() + ": "
                        + switch (post.status()) {
                            case Worker.Running() -> "running";
                            case Starting() -> "starting";
                            case Failed(String reason) -> "failed, to be restarted: " + reason;
                        }));
        invalid.forEach((name, problem) ->
                report.merge(name, "newest declaration not taken: " + problem, (before, now) -> before + "; " + now));
        return report;
    }

    /** How often workers were replaced because they failed. */
    public long restarts() {
        return posts.values().stream().mapToLong(post -> post.restarts).sum();
    }

    private void run() {
        while (!closed && !connected()) {
            await(FIRST_BACK_OFF);
        }
        if (closed) {
            return;
        }
        try (CompactedTopic<PipelineDeclared> declarations =
                CompactedTopic.follow(connection, Topics.PIPELINES, PipelineDeclared.class, changes::release)) {
            while (!closed) {
                if (declarations.caughtUp()) {
                    reconcile(declarations.values());
                    caughtUp = true;
                }
                await(LOOK);
            }
        } finally {
            posts.values().parallelStream().forEach(Post::stop);
        }
    }

    private boolean connected() {
        try {
            connection.ensure(Topics.shared());
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            trouble = "the shared topics cannot be created: " + e.getMessage();
            LOG.warn("{}", trouble);
        }
        return false;
    }

    private void reconcile(Map<String, PipelineDeclared> declarations) {
        declarations.forEach(this::declare);
        posts.forEach((name, post) -> {
            if (!declarations.containsKey(name)) {
                LOG.info("pipeline {} is no longer declared", name);
                post.stop();
                posts.remove(name);
            } else {
                post.keepAlive();
            }
        });
        invalid.keySet().retainAll(declarations.keySet());
    }

    private void declare(String name, PipelineDeclared declaration) {
        Post post = posts.get(name);
        if (post != null && post.declared.version() == declaration.getVersion()) {
            return;
        }
        try {
            Pipeline pipeline = PipelineFile.parse(declaration);
            if (!pipeline.name().equals(name)) {
                invalid.put(name, "it declares a pipeline named " + pipeline.name());
                return;
            }
            invalid.remove(name);
            DeclaredPipeline declared =
                    new DeclaredPipeline(pipeline, PipelineFile.parseSuperseded(declaration), declaration);
            LOG.info("pipeline {} version {} is declared", name, declared.version());
            if (post != null) {
                post.stop();
            }
            posts.put(name, new Post(declared));
        } catch (InvalidPipelineException e) {
            String problem = String.valueOf(e.getMessage());
            if (!problem.equals(invalid.put(name, problem))) {
                LOG.warn("pipeline {} version {} is not taken: {}", name, declaration.getVersion(), problem);
            }
        }
    }

    private void await(Duration longest) {
        try {
            if (changes.tryAcquire(longest.toMillis(), TimeUnit.MILLISECONDS)) {
                changes.drainPermits();
            }
        } catch (InterruptedException e) {
            // Woken to close; the loop looks.
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A pipeline's place: filled by a worker, or vacant until the next try. Changed by the supervisor's thread only. */
    private final class Post {
        private final DeclaredPipeline declared;
        private volatile @Nullable Worker worker;
        private volatile String vacancy = "";
        private volatile long restarts;
        private Duration backOff = FIRST_BACK_OFF;
        private long startedNanos;
        private long nextTryNanos = System.nanoTime();

        Post(DeclaredPipeline declared) {
            this.declared = declared;
        }

        Worker.Status status() {
            Worker current = worker;
            if (current != null) {
                return current.status();
            }
            return vacancy.isEmpty() ? new Starting() : new Failed(vacancy);
        }

        void keepAlive() {
            if (worker != null && worker.status() instanceof Failed(String reason)) {
                LOG.warn("pipeline {}: the worker failed and is replaced: {}", name(), reason);
                stop();
                restarts++;
                tryAgainLater(reason);
            }
            if (worker == null && System.nanoTime() - nextTryNanos >= 0) {
                begin();
            }
        }

        private void begin() {
            try {
                connection.ensure(Topics.of(name(), declared.pipeline().partitions()));
                worker = factory.start(declared);
                startedNanos = System.nanoTime();
                vacancy = "";
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                LOG.warn("pipeline {}: the worker cannot be started", name(), e);
                tryAgainLater(String.valueOf(e.getMessage()));
            }
        }

        private void tryAgainLater(String reason) {
            if (startedNanos != 0 && System.nanoTime() - startedNanos > FORGIVEN_AFTER.toNanos()) {
                backOff = FIRST_BACK_OFF;
            }
            vacancy = reason;
            nextTryNanos = System.nanoTime() + backOff.toNanos();
            backOff = backOff.multipliedBy(2).compareTo(LONGEST_BACK_OFF) > 0
                    ? LONGEST_BACK_OFF
                    : backOff.multipliedBy(2);
        }

        void stop() {
            Worker current = worker;
            worker = null;
            if (current == null) {
                return;
            }
            try {
                current.close();
            } catch (RuntimeException e) {
                LOG.warn("pipeline {}: the worker did not stop cleanly", name(), e);
            }
        }

        private String name() {
            return declared.pipeline().name();
        }
    }
}
