package io.freshet.trainer.rows;

import io.freshet.model.FeaturePlan;
import io.freshet.model.FeaturePlan.Encode;
import io.freshet.model.FeaturePlan.Impute;
import io.freshet.model.FeaturePlan.Scale;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.Example;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which declared features are learned from and how they are prepared, decided on the training part.
 *
 * <p>Numbers are imputed by the median and standardised, or left as they are where the learner routes missing values
 * itself. Categories become 0/1 columns up to {@value #ONE_HOT_MOST} of them, and beyond that their mean label with
 * {@value #SMOOTHING} rows' worth of prior. A text feature with more than one distinct value per {@value #ROWS_PER_VALUE}
 * rows is as good as an identifier: its mean labels would repeat the labels they were fitted on, so it is left out. So is
 * a feature that has no value in the training part.
 */
public final class RawRows {
    static final int ONE_HOT_MOST = 32;
    static final int ROWS_PER_VALUE = 100;
    static final double SMOOTHING = 20;

    private final List<Pipeline.Feature> declared;
    private final List<Integer> kept;
    private final List<Encode> encodings;

    private RawRows(List<Pipeline.Feature> declared, List<Integer> kept, List<Encode> encodings) {
        this.declared = declared;
        this.kept = kept;
        this.encodings = encodings;
    }

    /** Decides on the training part. */
    public static RawRows of(List<Pipeline.Feature> declared, List<Example> train) {
        List<Integer> kept = new ArrayList<>();
        List<Encode> encodings = new ArrayList<>();
        for (int i = 0; i < declared.size(); i++) {
            if (!declared.get(i).categorical()) {
                if (hasNumber(train, i)) {
                    kept.add(i);
                    encodings.add(Encode.NONE);
                }
                continue;
            }
            int most = Math.max(ONE_HOT_MOST, train.size() / ROWS_PER_VALUE);
            int distinct = distinct(train, i, most);
            if (distinct > 0 && distinct <= most) {
                kept.add(i);
                encodings.add(distinct <= ONE_HOT_MOST ? Encode.ONE_HOT : Encode.TARGET);
            }
        }
        return new RawRows(declared, kept, encodings);
    }

    private static boolean hasNumber(List<Example> train, int feature) {
        return train.stream()
                .anyMatch(
                        example -> example.row().values().get(feature) instanceof Double value && !Double.isNaN(value));
    }

    /** Distinct categories, counted up to one more than {@code most}. */
    private static int distinct(List<Example> train, int feature, int most) {
        Set<Object> seen = new HashSet<>();
        for (Example example : train) {
            Object value = example.row().values().get(feature);
            if (value != null && seen.add(value) && seen.size() > most) {
                break;
            }
        }
        return seen.size();
    }

    /** Whether there is nothing to learn from. */
    public boolean isEmpty() {
        return kept.isEmpty();
    }

    /** Names of the features left out. */
    public List<String> leftOut() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < declared.size(); i++) {
            if (!kept.contains(i)) {
                names.add(declared.get(i).name());
            }
        }
        return List.copyOf(names);
    }

    /**
     * How the kept features are to be prepared.
     *
     * @param keepMissing true for numbers as they are, NaN where missing; false for imputed and standardised ones
     */
    public List<FeaturePlan> plans(boolean keepMissing) {
        List<FeaturePlan> plans = new ArrayList<>();
        for (int i = 0; i < kept.size(); i++) {
            String name = declared.get(kept.get(i)).name();
            plans.add(
                    switch (encodings.get(i)) {
                        case NONE ->
                            keepMissing
                                    ? FeaturePlan.numeric(name, Impute.KEEP, Scale.NONE)
                                    : FeaturePlan.numeric(name, Impute.MEDIAN, Scale.STANDARD);
                        case TARGET -> FeaturePlan.target(name, SMOOTHING);
                        case ONE_HOT, ORDINAL, FREQUENCY -> FeaturePlan.categorical(name, encodings.get(i));
                    });
        }
        return List.copyOf(plans);
    }

    /** The kept features' values of each example, in the order of the plans. */
    public List<@Nullable Object[]> of(List<Example> examples) {
        List<@Nullable Object[]> rows = new ArrayList<>(examples.size());
        for (Example example : examples) {
            @Nullable Object[] row = new Object[kept.size()];
            for (int i = 0; i < row.length; i++) {
                row[i] = example.row().values().get(kept.get(i));
            }
            rows.add(row);
        }
        return rows;
    }
}
