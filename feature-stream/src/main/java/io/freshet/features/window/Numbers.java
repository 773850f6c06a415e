package io.freshet.features.window;

import io.freshet.schemas.pipeline.Pipeline.Function;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Partial results that are a few doubles each, in place in arrays: values are added, partials are merged, in a fixed order,
 * and functions are read off. Counts are exact up to 2^53.
 */
final class Numbers {
    private Numbers() {}

    /** Empties the doubles of one partial result. */
    static void clear(Kind kind, double[] of, int at) {
        Arrays.fill(of, at, at + kind.doubles(), 0);
        if (kind == Kind.EXTREMES) {
            of[at + Extremes.MIN] = Double.POSITIVE_INFINITY;
            of[at + Extremes.MAX] = Double.NEGATIVE_INFINITY;
        }
    }

    /** Whether nothing was added. */
    static boolean isEmpty(Kind kind, double[] of, int at) {
        return kind == Kind.EXTREMES ? of[at + Extremes.MIN] > of[at + Extremes.MAX] : of[at] == 0;
    }

    /** Adds an entry's value, a Double or a String. */
    static void add(Kind kind, double[] to, int at, Entry entry, Object value) {
        switch (kind) {
            case MOMENTS -> Moments.add(to, at, value instanceof Double number ? number : 0);
            case EXTREMES -> Extremes.add(to, at, (Double) value);
            case TREND -> Trend.add(to, at, entry.time(), (Double) value);
            case ENDS, DISTINCT, QUANTILES -> throw new IllegalArgumentException(kind + " is an object");
        }
    }

    /**
     * Adds what others of the same kind hold, one after the other; those stay as they are.
     *
     * @param from the array of the others
     * @param first where the first of them begins
     * @param apart how many doubles after it the next one begins
     */
    static void merge(Kind kind, double[] into, int at, double[] from, int first, int apart, int others) {
        int end = first + others * apart;
        switch (kind) {
            case MOMENTS -> {
                for (int other = first; other < end; other += apart) {
                    Moments.merge(into, at, from, other);
                }
            }
            case EXTREMES -> {
                for (int other = first; other < end; other += apart) {
                    Extremes.merge(into, at, from, other);
                }
            }
            case TREND -> {
                for (int other = first; other < end; other += apart) {
                    Trend.merge(into, at, from, other);
                }
            }
            case ENDS, DISTINCT, QUANTILES -> throw new IllegalArgumentException(kind + " is an object");
        }
    }

    /**
     * A function's value.
     *
     * @param seconds the window's length
     * @return null where there is nothing to say or no finite number
     */
    static @Nullable Double result(Kind kind, double[] of, int at, Function function, double seconds) {
        return switch (kind) {
            case MOMENTS -> Moments.result(of, at, function, seconds);
            case EXTREMES -> Extremes.result(of, at, function);
            case TREND -> Trend.result(of, at);
            case ENDS, DISTINCT, QUANTILES -> throw new IllegalArgumentException(kind + " is an object");
        };
    }

    /** Writes one partial result; a count as an integer. */
    static void write(Kind kind, double[] of, int at, DataOutputStream to) throws IOException {
        boolean counts = kind != Kind.EXTREMES;
        if (counts) {
            to.writeLong((long) of[at]);
        }
        for (int i = counts ? 1 : 0; i < kind.doubles(); i++) {
            to.writeDouble(of[at + i]);
        }
    }

    /** Takes over what {@link #write} wrote. */
    static void read(Kind kind, double[] of, int at, DataInputStream from) throws IOException {
        boolean counts = kind != Kind.EXTREMES;
        if (counts) {
            of[at] = from.readLong();
        }
        for (int i = counts ? 1 : 0; i < kind.doubles(); i++) {
            of[at + i] = from.readDouble();
        }
    }

    static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? (Double) value : null;
    }

    /**
     * Count, sum and the sum of squared deviations, after Welford (Technometrics 4, 1962) for single values and Chan, Golub
     * and LeVeque (The American Statistician 37, 1983) for merging. A text counts, and is 0 in the sum.
     */
    private static final class Moments {
        private static final int COUNT = 0;
        private static final int SUM = 1;
        private static final int SQUARES = 2;

        static void add(double[] to, int at, double x) {
            double count = to[at + COUNT];
            double sum = to[at + SUM];
            if (count > 0) {
                double off = x - sum / count;
                to[at + SQUARES] += off * off * count / (count + 1);
            }
            to[at + COUNT] = count + 1;
            to[at + SUM] = sum + x;
        }

        static void merge(double[] into, int at, double[] from, int other) {
            double more = from[other + COUNT];
            if (more == 0) {
                return;
            }
            double count = into[at + COUNT];
            double sum = into[at + SUM];
            if (count > 0) {
                double off = from[other + SUM] / more - sum / count;
                into[at + SQUARES] += off * off * count * more / (count + more);
            }
            into[at + SQUARES] += from[other + SQUARES];
            into[at + COUNT] = count + more;
            into[at + SUM] = sum + from[other + SUM];
        }

        static @Nullable Double result(double[] of, int at, Function function, double seconds) {
            double count = of[at + COUNT];
            double sum = of[at + SUM];
            double squares = of[at + SQUARES];
            return switch (function) {
                case COUNT -> (Double) count;
                case SUM -> finite(sum);
                case RATE -> finite(sum / seconds);
                case MEAN -> count == 0 ? null : finite(sum / count);
                case VARIANCE -> count < 2 ? null : finite(squares / (count - 1));
                case STDDEV -> count < 2 ? null : finite(Math.sqrt(squares / (count - 1)));
                default -> throw Kind.unfit(function);
            };
        }
    }

    /** The least and the greatest number. */
    private static final class Extremes {
        private static final int MIN = 0;
        private static final int MAX = 1;

        static void add(double[] to, int at, double x) {
            to[at + MIN] = Math.min(to[at + MIN], x);
            to[at + MAX] = Math.max(to[at + MAX], x);
        }

        static void merge(double[] into, int at, double[] from, int other) {
            into[at + MIN] = Math.min(into[at + MIN], from[other + MIN]);
            into[at + MAX] = Math.max(into[at + MAX], from[other + MAX]);
        }

        static @Nullable Double result(double[] of, int at, Function function) {
            return switch (function) {
                case MIN -> finite(of[at + MIN]);
                case MAX -> finite(of[at + MAX]);
                default -> throw Kind.unfit(function);
            };
        }
    }

    /** The least-squares line of value against time, from centred moments that merge like {@link Moments}. */
    private static final class Trend {
        private static final double HOUR = 3_600_000;
        private static final int COUNT = 0;
        private static final int MEAN_TIME = 1;
        private static final int MEAN_VALUE = 2;
        private static final int TIME_SQUARES = 3;
        private static final int PRODUCTS = 4;

        static void add(double[] to, int at, long when, double x) {
            double time = when - to[at + MEAN_TIME];
            double count = to[at + COUNT] + 1;
            to[at + COUNT] = count;
            to[at + MEAN_TIME] += time / count;
            to[at + MEAN_VALUE] += (x - to[at + MEAN_VALUE]) / count;
            to[at + TIME_SQUARES] += time * (when - to[at + MEAN_TIME]);
            to[at + PRODUCTS] += time * (x - to[at + MEAN_VALUE]);
        }

        static void merge(double[] into, int at, double[] from, int other) {
            double more = from[other + COUNT];
            double count = into[at + COUNT];
            if (more == 0) {
                return;
            }
            if (count == 0) {
                System.arraycopy(from, other, into, at, Kind.TREND.doubles());
                return;
            }
            double all = count + more;
            double time = from[other + MEAN_TIME] - into[at + MEAN_TIME];
            double value = from[other + MEAN_VALUE] - into[at + MEAN_VALUE];
            into[at + TIME_SQUARES] += from[other + TIME_SQUARES] + time * time * count * more / all;
            into[at + PRODUCTS] += from[other + PRODUCTS] + time * value * count * more / all;
            into[at + MEAN_TIME] += time * more / all;
            into[at + MEAN_VALUE] += value * more / all;
            into[at + COUNT] = all;
        }

        static @Nullable Double result(double[] of, int at) {
            return of[at + TIME_SQUARES] > 0 ? finite(of[at + PRODUCTS] / of[at + TIME_SQUARES] * HOUR) : null;
        }
    }
}
