package io.freshet.features.window;

import io.freshet.schemas.pipeline.Pipeline.Function;

/**
 * The partial results that exist; each serves several functions. Some are a few doubles, kept in place in arrays
 * ({@link Numbers}), the others are objects ({@link Partial}). Layouts are stored with the constants' ordinals.
 */
enum Kind {
    MOMENTS(3, 0),
    EXTREMES(2, 0),
    ENDS(0, 120),
    DISTINCT(0, 2_200),
    QUANTILES(0, 1_000),
    TREND(5, 0);

    private final int doubles;
    private final int bytes;

    Kind(int doubles, int bytes) {
        this.doubles = doubles;
        this.bytes = bytes;
    }

    /** What a function is read off. */
    static Kind of(Function function) {
        return switch (function) {
            case COUNT, SUM, MEAN, VARIANCE, STDDEV, RATE -> MOMENTS;
            case MIN, MAX -> EXTREMES;
            case FIRST, LAST, TIME_SINCE -> ENDS;
            case DISTINCT -> DISTINCT;
            case QUANTILE -> QUANTILES;
            case TREND -> TREND;
        };
    }

    /** How many doubles it is; 0 for one that is an object. */
    int doubles() {
        return doubles;
    }

    /** About how many bytes of memory the object takes; 0 for one that is doubles. */
    int bytes() {
        return bytes;
    }

    static IllegalStateException unfit(Function function) {
        return new IllegalStateException(function + " is not read off this");
    }
}
