package io.freshet.model;

import org.jspecify.annotations.Nullable;

/** Bytes that are not a usable model bundle. */
public final class InvalidBundleException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why the bytes were refused. */
    public enum Reason {
        /** More bytes than the caller allows. */
        TOO_LARGE,
        /** The magic or the header is missing. */
        NOT_A_BUNDLE,
        /** A format version that this code does not read. */
        UNSUPPORTED_VERSION,
        /** The hash does not match, or the body is not what the schema says. */
        CORRUPT,
        /** The body can be read, but its parts do not fit together. */
        INCONSISTENT,
        /** The model does not give its golden scores. */
        GOLDEN_MISMATCH
    }

    private final Reason reason;

    InvalidBundleException(Reason reason, String message, @Nullable Throwable cause) {
        super(reason + ": " + message, cause);
        this.reason = reason;
    }

    /** Why the bytes were refused. */
    public Reason reason() {
        return reason;
    }
}
