package io.freshet.trainer.rows;

import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Feature;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRowSchema;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Examples split by event time: the newest share is held out, and the training part is what a trainer standing at the
 * hold-out's first event time would have known, rows and labels. Both parts are in event-time order, ties in the order
 * given.
 *
 * @param train the older rows whose labels were known before the hold-out began
 * @param holdout the newest rows
 * @param counts where every example went
 */
public record TimeSplit(List<Example> train, List<Example> holdout, RowCounts counts) {
    public TimeSplit {
        train = List.copyOf(train);
        holdout = List.copyOf(holdout);
    }

    /**
     * Leaves out malformed examples and those of another feature set than the declared one, whose features may be other
     * things of the same names; keeps the newest {@code training.last} of the others, and holds out the newest
     * {@code training.holdout} share of those, rounded up.
     *
     * @param examples in the order of the log
     */
    public static TimeSplit of(Pipeline pipeline, List<Example> examples) {
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
        int heldOut = (int) Math.ceil(newest.size() * pipeline.training().holdout());
        List<Example> older = newest.subList(0, newest.size() - heldOut);
        List<Example> holdout = newest.subList(newest.size() - heldOut, newest.size());
        List<Example> train = knownBefore(older, holdout);
        return new TimeSplit(
                train,
                holdout,
                new RowCounts(
                        examples.size(),
                        otherFeatureSet,
                        malformed,
                        beyondLast,
                        older.size() - train.size(),
                        train.size(),
                        holdout.size()));
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
