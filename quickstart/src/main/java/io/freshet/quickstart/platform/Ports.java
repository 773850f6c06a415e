package io.freshet.quickstart.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;

/** Loopback ports. A free one is never given out twice by this JVM, so that parts starting together cannot collide. */
final class Ports {
    /** The address that everything here listens on. */
    static final String LOOPBACK = "127.0.0.1";

    /** Asks for any free port. */
    static final int ANY = 0;

    private static final Set<Integer> GIVEN = new HashSet<>();

    private Ports() {}

    /**
     * @param wanted a port, or {@link #ANY}
     * @param option the command-line option that sets it, named when the port is taken
     */
    static int choose(int wanted, String option) {
        if (wanted == ANY) {
            return free();
        }
        try (ServerSocket socket = bind(wanted)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new PlatformException("port " + wanted + " is taken: choose another with " + option, e);
        }
    }

    static synchronized int free() {
        while (true) {
            try (ServerSocket socket = bind(ANY)) {
                if (GIVEN.add(socket.getLocalPort())) {
                    return socket.getLocalPort();
                }
            } catch (IOException e) {
                throw new UncheckedIOException("no free port on " + LOOPBACK, e);
            }
        }
    }

    private static ServerSocket bind(int port) throws IOException {
        return new ServerSocket(port, 1, InetAddress.getByName(LOOPBACK));
    }
}
