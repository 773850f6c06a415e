package io.freshet.trainer.rows;

import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Feature;
import io.freshet.schemas.pipeline.Pipeline.TrainingSpec;
import io.freshet.schemas.pipeline.TrainingWindow;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRowSchema;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Examples split by event time: the newest are held out, whatever is learned from, and a training part is what a trainer
 * standing at the hold-out's first event time would have known, rows and labels. All are in event-time order, ties in the
 * order given.
 *
 * @param parts what may be learned from, one for each window that is left, at least one, in declared order
 * @param holdout the newest rows
 * @param leftOut the windows that are not, with the reason
 */
public record TimeSplit(List<Part> parts, List<Example> holdout, Map<TrainingWindow, String> leftOut) {
    /** A window shorter than everything must hold out as many rows as this, or what comes of it cannot be judged. */
    static final int LEAST_HOLDOUT = 200;

    public TimeSplit {
        parts = List.copyOf(parts);
        holdout = List.copyOf(holdout);
        leftOut = Collections.unmodifiableMap(new LinkedHashMap<>(leftOut));
    }

    /**
     * Rows to learn from.
     *
     * @param train the window's older rows whose labels were known before the hold-out began
     * @param counts where every example went
     */
    public record Part(TrainingWindow window, List<Example> train, RowCounts counts) {
        public Part {
            train = List.copyOf(train);
        }
    }

    /** As {@link #of(Pipeline, List, Optional)} where no drift is known of. */
    public static TimeSplit of(Pipeline pipeline, List<Example> examples) {
        return of(pipeline, examples, Optional.empty());
    }

    /**
     * Leaves out malformed examples and those of another feature set than the declared one, whose features may be other
     * things of the same names; keeps the newest {@code training.last} of the others, and holds out the newest {@code
     * training.holdout} share, rounded up, of the shortest window, so that each has rows to learn from.
     *
     * @param examples in the order of the log
     * @param since when the drift began, if a drift is what the training is for
     */
    public static TimeSplit of(Pipeline pipeline, List<Example> examples, Optional<Instant> since) {
        String declared = FeatureRowSchema.of(pipeline).featureSet();
        List<Example> ordered = new ArrayList<>(examples.size());
        int otherFeatureSet = 0;
        for (Example example : examples) {
            if (!example.row().featureSet().equals(declared)) {
                otherFeatureSet++;
            } else if (wellFormed(pipeline, example)) {
                ordered.add(example);
            }
        }
        int malformed = examples.size() - otherFeatureSet - ordered.size();
        ordered.sort(Comparator.comparing(example -> example.row().eventTime()));
        int beyondLast = Math.max(0, ordered.size() - pipeline.training().last());
        List<Example> newest = ordered.subList(beyondLast, ordered.size());
        Windows windows = Windows.of(pipeline.training(), newest, since);
        int heldOut = (int)
                Math.ceil(windows.least(newest.size()) * pipeline.training().holdout());
        List<Example> holdout = newest.subList(newest.size() - heldOut, newest.size());
        List<Part> parts = new ArrayList<>();
        for (Map.Entry<TrainingWindow, Integer> each : windows.from().entrySet()) {
            List<Example> older =
                    newest.subList(Math.min(each.getValue(), newest.size() - heldOut), newest.size() - heldOut);
            List<Example> train = knownBefore(older, holdout);
            parts.add(new Part(
                    each.getKey(),
                    train,
                    new RowCounts(
                            examples.size(),
                            otherFeatureSet,
                            malformed,
                            ordered.size() - heldOut - older.size(),
                            older.size() - train.size(),
                            train.size(),
                            holdout.size())));
        }
        return new TimeSplit(parts, holdout, windows.leftOut());
    }

    /**
     * Where windows begin.
     *
     * @param from the first row of each that is left, at least one
     * @param leftOut the others, with the reason
     */
    private record Windows(Map<TrainingWindow, Integer> from, Map<TrainingWindow, String> leftOut) {
        static Windows of(TrainingSpec training, List<Example> newest, Optional<Instant> since) {
            Map<TrainingWindow, Integer> from = new LinkedHashMap<>();
            Map<TrainingWindow, String> leftOut = new LinkedHashMap<>();
            for (TrainingWindow window : training.windows()) {
                switch (begin(window, newest, since)) {
                    case Begin.At(int first) when enough(newest.size() - first, training) -> from.put(window, first);
                    case Begin.At(int first) when first == 0 -> from.put(window, first);
                    case Begin.At(int first) ->
                        leftOut.put(
                                window,
                                "it has " + (newest.size() - first) + " rows, of which fewer than " + LEAST_HOLDOUT
                                        + " would be held out");
                    case Begin.Unknown(String why) -> leftOut.put(window, why);
                }
            }
            leaveOutTwins(from, leftOut);
            if (from.isEmpty()) {
                from.put(TrainingWindow.ALL, 0);
            }
            return new Windows(from, leftOut);
        }

        private static boolean enough(int rows, TrainingSpec training) {
            return rows * training.holdout() >= LEAST_HOLDOUT;
        }

        /** The same rows are fitted once. */
        private static void leaveOutTwins(Map<TrainingWindow, Integer> from, Map<TrainingWindow, String> leftOut) {
            Map<Integer, TrainingWindow> first = new LinkedHashMap<>();
            for (Map.Entry<TrainingWindow, Integer> each : List.copyOf(from.entrySet())) {
                if (each.getKey() instanceof TrainingWindow.Weighted) {
                    continue;
                }
                TrainingWindow twin = first.putIfAbsent(each.getValue(), each.getKey());
                if (twin != null) {
                    from.remove(each.getKey());
                    leftOut.put(each.getKey(), "it has the same rows as '" + twin.spelled() + "'");
                }
            }
        }

        private sealed interface Begin {
            record At(int first) implements Begin {}

            record Unknown(String why) implements Begin {}
        }

        private static Begin begin(TrainingWindow window, List<Example> newest, Optional<Instant> since) {
            return switch (window) {
                case TrainingWindow.All all -> new Begin.At(0);
                case TrainingWindow.Weighted weighted -> new Begin.At(0);
                case TrainingWindow.Last(int rows) -> new Begin.At(Math.max(0, newest.size() - rows));
                case TrainingWindow.Newest(var span) ->
                    new Begin.At(
                            newest.isEmpty()
                                    ? 0
                                    : firstAfter(
                                            newest.getLast().row().eventTime().minus(span), newest));
                case TrainingWindow.SinceDrift() ->
                    since.<Begin>map(begin -> new Begin.At(firstAfter(begin.minusMillis(1), newest)))
                            .orElseGet(() -> new Begin.Unknown("no drift is what the training was asked for"));
            };
        }

        private static int firstAfter(Instant time, List<Example> newest) {
            int first = 0;
            while (first < newest.size() && !newest.get(first).row().eventTime().isAfter(time)) {
                first++;
            }
            return first;
        }

        /** How many rows the shortest has. */
        int least(int rows) {
            return rows - from.values().stream().mapToInt(first -> first).max().orElse(0);
        }
    }

    /** The longest training part; of several the first declared. */
    public Part longest() {
        return parts.stream()
                .max(Comparator.comparingInt(part -> part.counts().train()))
                .orElseThrow();
    }

    /** How many rows the shortest training part has. */
    public int shortest() {
        return parts.stream().mapToInt(part -> part.counts().train()).min().orElse(0);
    }

    /** The training part of a window; empty where that is left out. */
    public Optional<Part> part(TrainingWindow window) {
        return parts.stream().filter(part -> part.window().equals(window)).findFirst();
    }

    /**
     * The older rows whose labels were known before the first of the newer rows; none when there are no newer ones.
     *
     * @param newer in event-time order
     */
    public static List<Example> knownBefore(List<Example> older, List<Example> newer) {
        if (newer.isEmpty()) {
            return List.of();
        }
        Instant begins = newer.getFirst().row().eventTime();
        return older.stream()
                .filter(example -> example.labelTime().isBefore(begins))
                .toList();
    }

    /**
     * Whether label and values are usable: a number is null, NaN or within float32, so that no learner overflows on it; a
     * category is null or text.
     */
    private static boolean wellFormed(Pipeline pipeline, Example example) {
        List<Feature> features = pipeline.features();
        List<?> values = example.row().values();
        if (!Targets.isLabel(pipeline.model().task(), example.label()) || values.size() != features.size()) {
            return false;
        }
        for (int i = 0; i < features.size(); i++) {
            Object value = values.get(i);
            boolean fits = value == null
                    || (features.get(i).categorical()
                            ? value instanceof String
                            : value instanceof Double number && !(Math.abs(number) > Float.MAX_VALUE));
            if (!fits) {
                return false;
            }
        }
        return true;
    }
}
