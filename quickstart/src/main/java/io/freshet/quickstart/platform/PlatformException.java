package io.freshet.quickstart.platform;

import org.jspecify.annotations.Nullable;

/** The platform cannot start. The message is written for the person at the terminal. */
public final class PlatformException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public PlatformException(String message) {
        this(message, null);
    }

    public PlatformException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
