package io.freshet.drift;

import io.freshet.profiles.Profile;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Feature;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the panes of a pipeline are: a seventh of the declared window each, whole milliseconds, aligned to the epoch, with
 * a profile of every feature of one feature set. Not safe for concurrent use.
 */
final class PaneLayout {
    /** Panes in a window. */
    static final int WINDOW = 7;

    private final List<Feature> features;
    private final Profile empty;
    private final long length;
    private final Map<String, @Nullable Object> named = new HashMap<>();

    PaneLayout(Pipeline pipeline, List<Feature> features) {
        this.features = features;
        this.length = Math.max(1, pipeline.drift().window().toMillis() / WINDOW);
        Profile.Builder builder = Profile.builder();
        for (Feature feature : features) {
            if (feature.categorical()) {
                builder.categorical(feature.name());
            } else {
                builder.numeric(feature.name());
            }
        }
        this.empty = builder.build();
    }

    /** Milliseconds in a pane. */
    long length() {
        return length;
    }

    /** The pane of an event time, counted from the epoch. */
    long number(long time) {
        return Math.floorDiv(time, length);
    }

    Profile emptyProfile() {
        return empty.copy();
    }

    Pane emptyPane() {
        return new Pane(empty.copy());
    }

    /** Whether a pane's rows are profiled as these are. */
    boolean fits(Pane pane) {
        try {
            emptyProfile().merge(pane.rows());
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Adds a row to a pane; values in the order of the features. */
    void add(Pane pane, List<@Nullable Object> values) {
        for (int i = 0; i < features.size(); i++) {
            named.put(features.get(i).name(), values.get(i));
        }
        pane.rows().add(named);
    }
}
