package io.freshet.trainer.rows;

import io.freshet.schemas.row.Example;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The newest of many examples by event time, ties by the order in which they came, in memory for twice as many. Mutable,
 * and not safe for concurrent use.
 */
public final class NewestExamples {
    private static final Comparator<Example> BY_EVENT_TIME =
            Comparator.comparing(example -> example.row().eventTime());

    private final int most;
    private final List<Example> kept = new ArrayList<>();
    private long given;

    /** @param most how many to keep, from 1 to a billion */
    public NewestExamples(int most) {
        this.most = most;
    }

    /** Takes one more. */
    public void add(Example example) {
        given++;
        kept.add(example);
        if (kept.size() == 2 * most) {
            leaveOutTheOldest();
        }
    }

    /** How many were added. */
    public long given() {
        return given;
    }

    /** The newest: as they came while there are no more than are kept, else the oldest first. */
    public List<Example> newest() {
        if (kept.size() > most) {
            leaveOutTheOldest();
        }
        return List.copyOf(kept);
    }

    private void leaveOutTheOldest() {
        kept.sort(BY_EVENT_TIME);
        kept.subList(0, kept.size() - most).clear();
    }
}
