package io.freshet.trainer.rows;

import io.freshet.model.FeaturePlan;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.schemas.pipeline.PreparationSpec.Encode;
import io.freshet.schemas.pipeline.PreparationSpec.OfNumber;
import io.freshet.schemas.pipeline.PreparationSpec.OfText;
import io.freshet.schemas.row.Example;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Which declared features are learned from and how they are prepared, decided on the training part. What the declaration
 * says holds; what it leaves open is chosen here.
 *
 * <p>Numbers are imputed by the median and standardised, or left as they are where the learner routes missing values
 * itself. Categories become 0/1 columns up to {@value #ONE_HOT_MOST} of them, rare ones counted as one, and beyond that
 * their mean label, or where labels are classes how frequent they are. A text feature with more than one category per {@value #ROWS_PER_VALUE} rows is as good as an
 * identifier, whose categories of tomorrow are others, and is left out unless an encoding is declared. So is a feature
 * that has no value in the training part.
 */
public final class RawRows {
    static final int ONE_HOT_MOST = 32;
    static final int ROWS_PER_VALUE = 100;

    private static final OfNumber NUMBER =
            new OfNumber(Optional.empty(), false, Optional.empty(), Optional.empty(), false, Optional.empty());
    private static final OfText TEXT = new OfText(
            Optional.empty(), false, Optional.empty(), OptionalDouble.empty(), OptionalInt.empty(), Optional.empty());

    private final List<Pipeline.Feature> declared;
    private final List<Kept> kept;

    /** A feature that is learned from, by its position among the declared ones. */
    private sealed interface Kept {
        int position();

        /** How it is prepared. */
        FeaturePlan plan(String name, boolean keepMissing);
    }

    private record KeptNumber(int position, OfNumber spec) implements Kept {
        @Override
        public FeaturePlan plan(String name, boolean keepMissing) {
            return Plans.number(name, spec, keepMissing);
        }
    }

    private record KeptText(int position, OfText spec, Encode encode) implements Kept {
        @Override
        public FeaturePlan plan(String name, boolean keepMissing) {
            return Plans.text(name, spec, encode);
        }
    }

    private RawRows(List<Pipeline.Feature> declared, List<Kept> kept) {
        this.declared = declared;
        this.kept = kept;
    }

    /** Decides on the training part. */
    public static RawRows of(Pipeline pipeline, List<Example> train) {
        List<Pipeline.Feature> declared = pipeline.features();
        Encode many = pipeline.model().task() instanceof Task.Multiclass ? Encode.FREQUENCY : Encode.TARGET;
        List<Kept> kept = new ArrayList<>();
        for (int i = 0; i < declared.size(); i++) {
            int position = i;
            Pipeline.Feature feature = declared.get(i);
            if (feature.categorical()) {
                OfText spec = pipeline.preparation().get(feature.name()) instanceof OfText text ? text : TEXT;
                encode(spec, many, train, i).ifPresent(encode -> kept.add(new KeptText(position, spec, encode)));
            } else if (hasNumber(train, i)) {
                OfNumber spec = pipeline.preparation().get(feature.name()) instanceof OfNumber number ? number : NUMBER;
                kept.add(new KeptNumber(i, spec));
            }
        }
        return new RawRows(declared, kept);
    }

    private static boolean hasNumber(List<Example> train, int feature) {
        return train.stream()
                .anyMatch(
                        example -> example.row().values().get(feature) instanceof Double value && !Double.isNaN(value));
    }

    /**
     * The encoding of a text feature; empty where it is left out.
     *
     * @param many for many categories
     */
    private static Optional<Encode> encode(OfText spec, Encode many, List<Example> train, int feature) {
        if (spec.encode().isPresent()) {
            boolean hasText =
                    train.stream().anyMatch(example -> example.row().values().get(feature) != null);
            return hasText ? spec.encode() : Optional.empty();
        }
        int most = Math.max(ONE_HOT_MOST, train.size() / ROWS_PER_VALUE);
        int categories = categories(train, feature, Plans.rare(spec), most);
        if (categories == 0 || categories > most) {
            return Optional.empty();
        }
        return Optional.of(categories <= ONE_HOT_MOST ? Encode.ONE_HOT : many);
    }

    /** Categories that are not rare; where none can be, counted up to one more than {@code most}. */
    private static int categories(List<Example> train, int feature, FeaturePlan.Rare rare, int most) {
        Map<Object, Integer> counts = new HashMap<>();
        for (Example example : train) {
            Object value = example.row().values().get(feature);
            if (value != null) {
                counts.merge(value, 1, Integer::sum);
                if (rare.equals(FeaturePlan.Rare.NEVER) && counts.size() > most) {
                    break;
                }
            }
        }
        return (int) counts.values().stream()
                .filter(count -> !rare.test(count, train.size()))
                .count();
    }

    /** Whether there is nothing to learn from. */
    public boolean isEmpty() {
        return kept.isEmpty();
    }

    /** Names of the features that are learned from, in the order of the plans. */
    public List<String> names() {
        return kept.stream()
                .map(feature -> declared.get(feature.position()).name())
                .toList();
    }

    /** Names of the features left out. */
    public List<String> leftOut() {
        List<Integer> positions = kept.stream().map(Kept::position).toList();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < declared.size(); i++) {
            if (!positions.contains(i)) {
                names.add(declared.get(i).name());
            }
        }
        return List.copyOf(names);
    }

    /**
     * How the kept features are to be prepared.
     *
     * @param keepMissing whether numbers are left as they are, NaN where missing, rather than imputed and standardised,
     *     unless declared otherwise
     */
    public List<FeaturePlan> plans(boolean keepMissing) {
        return kept.stream()
                .map(feature -> feature.plan(declared.get(feature.position()).name(), keepMissing))
                .toList();
    }

    /** The kept features' values of each example, in the order of the plans. */
    public List<@Nullable Object[]> of(List<Example> examples) {
        List<@Nullable Object[]> rows = new ArrayList<>(examples.size());
        for (Example example : examples) {
            @Nullable Object[] row = new Object[kept.size()];
            for (int i = 0; i < row.length; i++) {
                row[i] = example.row().values().get(kept.get(i).position());
            }
            rows.add(row);
        }
        return rows;
    }
}
