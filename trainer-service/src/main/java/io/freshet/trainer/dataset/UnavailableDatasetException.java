package io.freshet.trainer.dataset;

/** A pinned training set that cannot be read again as it was. The message says why, and what to do. */
public final class UnavailableDatasetException extends Exception {
    private static final long serialVersionUID = 1L;

    UnavailableDatasetException(String message) {
        super(message);
    }
}
