package io.freshet.trainer.tracking;

/** MLflow did not do what it was asked to. */
public abstract sealed class MlflowException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    private MlflowException(String reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** A short name without spaces, for a metric. */
    public String reason() {
        return reason;
    }

    /** It may do so later: it is down, slow, busy, or does not let us in. */
    public static final class Unavailable extends MlflowException {
        private static final long serialVersionUID = 1L;

        public Unavailable(String reason, String message) {
            super(reason, message);
        }
    }

    /** It never will. */
    public static final class Refused extends MlflowException {
        private static final long serialVersionUID = 1L;

        public Refused(String reason, String message) {
            super(reason, message);
        }
    }
}
