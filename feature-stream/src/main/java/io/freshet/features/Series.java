package io.freshet.features;

import io.freshet.schemas.pipeline.Expression;
import io.freshet.schemas.pipeline.Pipeline.Source;
import io.freshet.schemas.pipeline.Pipeline.WindowFeature;
import java.time.Duration;
import java.util.List;

/**
 * What is collected per entity for windowed features; features that differ only in their function share one.
 *
 * @param source whether events or labels are collected
 * @param argument what is collected
 * @param by what makes up the entity
 * @param over the length of the window
 */
record Series(Source source, Expression argument, List<String> by, Duration over) {
    private static final char SEPARATOR = '\u001f';

    static Series of(WindowFeature feature) {
        return new Series(feature.source(), feature.argument(), feature.by(), feature.over());
    }

    /** Names the series by its definition, so that it keeps its state when other features are changed. */
    String name() {
        return source + "(" + argument.source() + ") by " + String.join(",", by) + " over " + over;
    }

    long tileMillis() {
        return Tiles.tileMillis(over);
    }

    /** The state's key for an entity, given as the text of each part. */
    String key(List<String> entity) {
        StringBuilder key = new StringBuilder(name());
        entity.forEach(
                part -> key.append(SEPARATOR).append(part.length()).append(':').append(part));
        return key.toString();
    }
}
