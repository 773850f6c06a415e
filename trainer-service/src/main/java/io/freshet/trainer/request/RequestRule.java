package io.freshet.trainer.request;

/** A rule that may decline a request for training, by its key in the declaration. */
public enum RequestRule {
    COOLDOWN("cooldown"),
    MIN_NEW_LABELS("minNewLabels"),
    AT_MOST("atMost");

    private final String key;

    RequestRule(String key) {
        this.key = key;
    }

    /** The key under {@code retrain}. */
    public String key() {
        return key;
    }
}
