package io.freshet.quickstart.demo;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.IntPredicate;

/**
 * What became of each event, told apart by id: about 150 bytes an event, so that a million fit into a small heap. Not
 * thread-safe.
 */
final class EventLedger {
    private static final byte NO_LABEL = -1;
    private static final int NO_VERSION = -1;

    private final Map<String, Integer> index = new HashMap<>();
    private long[] time = new long[1024];
    private int[] rows = new int[1024];
    private int[] predictions = new int[1024];
    private int[] errors = new int[1024];
    private int[] version = new int[1024];
    private double[] served = new double[1024];
    private double[] kept = new double[1024];
    private byte[] label = new byte[1024];
    private int[] labels = new int[1024];

    /** A feature row of the event is on the log, so the event was accepted. */
    void row(String eventId, long eventTime) {
        int i = indexOf(eventId);
        rows[i]++;
        time[i] = eventTime;
    }

    /**
     * A champion's prediction; of several for one event the first counts as the one served.
     *
     * @param modelVersion 0 when no model answered
     * @param score 0 to 1
     */
    void prediction(String eventId, long eventTime, int modelVersion, double score) {
        int i = indexOf(eventId);
        if (predictions[i]++ == 0) {
            time[i] = eventTime;
            version[i] = modelVersion;
            served[i] = score;
        }
    }

    /** The prediction failed and says so on the log. */
    void error(String eventId) {
        int i = indexOf(eventId);
        errors[i]++;
    }

    void label(String eventId, boolean positive) {
        int i = indexOf(eventId);
        labels[i]++;
        label[i] = (byte) (positive ? 1 : 0);
    }

    /** The score that another model gives to the event's row, 0 to 1. */
    void kept(String eventId, double score) {
        int i = indexOf(eventId);
        kept[i] = score;
    }

    /** Events seen on any topic; they are numbered from 0 to this, exclusive. */
    int size() {
        return index.size();
    }

    /** Event time in epoch milliseconds; 0 for an event known by its label or its error alone. */
    long time(int event) {
        return time[event];
    }

    /** The version that answered first; 0 when no model did, -1 without a prediction. */
    int version(int event) {
        return version[event];
    }

    /** Whether there is a prediction. */
    boolean predicted(int event) {
        return predictions[event] > 0;
    }

    /** Whether {@link #kept} was given. */
    boolean rescored(int event) {
        return !Double.isNaN(kept[event]);
    }

    /** Whether a label of the event was joined. */
    boolean labelled(String eventId) {
        Integer known = index.get(eventId);
        return known != null && labels[known] > 0;
    }

    /** Event time of an accepted event, epoch milliseconds; empty for one that has no row. */
    OptionalLong accepted(String eventId) {
        Integer known = index.get(eventId);
        return known == null || rows[known] == 0 ? OptionalLong.empty() : OptionalLong.of(time[known]);
    }

    /** The newest event time of any accepted event, epoch milliseconds; 0 without one. */
    long newest() {
        long newest = 0;
        for (int i = 0; i < size(); i++) {
            newest = rows[i] > 0 ? Math.max(newest, time[i]) : newest;
        }
        return newest;
    }

    /** Events with a feature row. */
    int accepted() {
        return count(i -> rows[i] > 0);
    }

    /** Accepted events with neither a prediction nor an error. */
    int lost() {
        return count(i -> rows[i] > 0 && predictions[i] == 0 && errors[i] == 0);
    }

    /** Events with more than one prediction. */
    int doubled() {
        return count(i -> predictions[i] > 1);
    }

    /** Events with more than one feature row. */
    int doubledRows() {
        return count(i -> rows[i] > 1);
    }

    /** Events with more than one label joined. */
    int doubledLabels() {
        return count(i -> labels[i] > 1);
    }

    /** Events with a prediction but no feature row. */
    int unfounded() {
        return count(i -> predictions[i] > 0 && rows[i] == 0);
    }

    /** The quality of what was served, over the chosen among the predicted events. */
    Quality served(IntPredicate chosen) {
        return quality(served, chosen);
    }

    /** The quality of the other model's scores, over the chosen among the events that it scored. */
    Quality kept(IntPredicate chosen) {
        return quality(kept, i -> rescored(i) && chosen.test(i));
    }

    private Quality quality(double[] scores, IntPredicate chosen) {
        double[] of = new double[size()];
        boolean[] positive = new boolean[size()];
        int total = 0;
        int labelled = 0;
        for (int i = 0; i < size(); i++) {
            if (predicted(i) && chosen.test(i)) {
                total++;
                if (label[i] != NO_LABEL) {
                    of[labelled] = scores[i];
                    positive[labelled++] = label[i] == 1;
                }
            }
        }
        return Quality.of(total, Arrays.copyOf(of, labelled), Arrays.copyOf(positive, labelled));
    }

    private int count(IntPredicate holds) {
        int count = 0;
        for (int i = 0; i < size(); i++) {
            count += holds.test(i) ? 1 : 0;
        }
        return count;
    }

    /** The event's number, a new one for a new id. May replace the arrays: call it before touching them. */
    private int indexOf(String eventId) {
        Integer known = index.get(eventId);
        if (known != null) {
            return known;
        }
        int i = index.size();
        if (i == time.length) {
            grow(i * 2);
        }
        index.put(eventId, i);
        version[i] = NO_VERSION;
        kept[i] = Double.NaN;
        label[i] = NO_LABEL;
        return i;
    }

    private void grow(int length) {
        time = Arrays.copyOf(time, length);
        rows = Arrays.copyOf(rows, length);
        predictions = Arrays.copyOf(predictions, length);
        errors = Arrays.copyOf(errors, length);
        version = Arrays.copyOf(version, length);
        served = Arrays.copyOf(served, length);
        kept = Arrays.copyOf(kept, length);
        label = Arrays.copyOf(label, length);
        labels = Arrays.copyOf(labels, length);
    }
}
