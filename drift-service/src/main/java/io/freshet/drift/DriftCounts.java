package io.freshet.drift;

/** What drift detection counts. */
public interface DriftCounts {
    /** Counts nothing. */
    DriftCounts NONE = new DriftCounts() {
        @Override
        public void late(String pipeline) {}

        @Override
        public void unreadable(String pipeline, String topic) {}

        @Override
        public void judged(String pipeline, boolean drifted) {}
    };

    /** A row came after its pane was closed; it is in no window. */
    void late(String pipeline);

    /** A record of a topic could not be read. */
    void unreadable(String pipeline, String topic);

    /** A window was judged. */
    void judged(String pipeline, boolean drifted);
}
