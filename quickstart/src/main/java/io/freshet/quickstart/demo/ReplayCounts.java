package io.freshet.quickstart.demo;

import java.time.Instant;
import java.util.Optional;

/**
 * What a replay has sent so far; only records whose request was answered count.
 *
 * @param flights events sent as they should be
 * @param duplicates events sent a second time on purpose
 * @param malformed events broken on purpose
 * @param labels labels sent
 * @param eventsRefused events that ingest-service did not accept
 * @param labelsRefused labels that ingest-service did not accept
 * @param requestsRepeated times that a request was sent again, for want of an answer
 * @param eventsUncertain how many events may be on the log beside those that count here: once more for each try of their
 *     request that was repeated or given up without an answer
 * @param labelsUncertain the same for labels
 * @param eventTime how far event time has come; empty before the first answer
 * @param finished whether everything was sent
 */
public record ReplayCounts(
        long flights,
        long duplicates,
        long malformed,
        long labels,
        long eventsRefused,
        long labelsRefused,
        long requestsRepeated,
        long eventsUncertain,
        long labelsUncertain,
        Optional<Instant> eventTime,
        boolean finished) {
    /** Before anything was sent. */
    public static final ReplayCounts NONE = new ReplayCounts(0, 0, 0, 0, 0, 0, 0, 0, 0, Optional.empty(), false);

    /** All events sent, faulty ones included. */
    public long events() {
        return flights + duplicates + malformed;
    }
}
