package io.freshet.trainer.learn;

/** A learner could not fit the rows it was given. */
public final class LearningException extends Exception {
    private static final long serialVersionUID = 1L;

    /** With the reason in words. */
    public LearningException(String message) {
        super(message);
    }

    /** With the library's error. */
    public LearningException(String message, Throwable cause) {
        super(message + ": " + cause.getMessage(), cause);
    }
}
