package io.freshet.quickstart.platform;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Broker and registry together. They start at the same time and stop in reverse order, by {@link #close()} or when the
 * JVM is asked to end.
 */
public final class Platform implements AutoCloseable {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Thread hook = new Thread(this::closeAll, "platform-shutdown");
    private boolean closed;
    private @Nullable EmbeddedBroker broker;
    private @Nullable EmbeddedRegistry registry;

    private Platform() {}

    /**
     * Starts both and returns when clients can use them.
     *
     * @param data closed with the platform, also when it cannot start
     * @param port the broker's port, 0 for any free one
     * @param registryPort the registry's port, 0 for any free one
     * @throws PlatformException when either cannot start
     */
    public static Platform start(DataDirectory data, int port, int registryPort) {
        Platform platform = new Platform();
        try {
            platform.opened(data);
            Runtime.getRuntime().addShutdownHook(platform.hook);
            EmbeddedRegistry registry = platform.opened(EmbeddedRegistry.launch(data, registryPort));
            platform.registry = registry;
            platform.broker = platform.opened(EmbeddedBroker.start(data, port));
            registry.awaitReady();
            return platform;
        } catch (RuntimeException e) {
            platform.close();
            throw e;
        }
    }

    public EmbeddedBroker broker() {
        return Objects.requireNonNull(broker, "broker");
    }

    public EmbeddedRegistry registry() {
        return Objects.requireNonNull(registry, "registry");
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending: the hook runs and does the work; closing twice does no harm.
        }
        closeAll();
    }

    /** Notes what is to be closed; closes it at once when the JVM began to end while it was starting. */
    private <T extends AutoCloseable> T opened(T part) {
        synchronized (open) {
            open.push(part);
            if (!closed) {
                return part;
            }
        }
        closeAll();
        throw new PlatformException("stopped while starting");
    }

    private void closeAll() {
        synchronized (open) {
            closed = true;
            while (!open.isEmpty()) {
                closeQuietly(open.pop());
            }
        }
    }

    /** One part that cannot be closed must not keep the others open. */
    private static void closeQuietly(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            System.getLogger(Platform.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "closing " + part.getClass().getSimpleName(),
                            e);
        }
    }
}
