package io.freshet.features;

import io.freshet.schemas.pipeline.Expression;
import io.freshet.schemas.pipeline.Pipeline.Source;
import io.freshet.schemas.pipeline.Pipeline.WindowFeature;
import java.util.List;

/**
 * What is collected per entity for windowed features; features that differ only in their function share one.
 *
 * @param name names the series by its definition, so that it keeps its state when other features are changed
 * @param source whether events or labels are collected
 * @param argument what is collected
 * @param by what makes up the entity
 * @param over the length of the window, milliseconds
 * @param tile the length of a tile, milliseconds
 */
record Series(String name, Source source, Expression argument, List<String> by, long over, long tile) {
    /** Stands between the name and the entity in a state's key. */
    static final char SEPARATOR = '\u001f';

    static Series of(WindowFeature feature) {
        return new Series(
                feature.source() + "(" + feature.argument().source() + ") by " + String.join(",", feature.by())
                        + " over " + feature.over(),
                feature.source(),
                feature.argument(),
                feature.by(),
                feature.over().toMillis(),
                Tiles.tileMillis(feature.over()));
    }

    /** The state's key for an entity, given as the text of each part. */
    String key(List<String> entity) {
        StringBuilder key = new StringBuilder(name).append(SEPARATOR);
        entity.forEach(part -> key.append(part.length()).append(':').append(part));
        return key.toString();
    }
}
