package io.freshet.model;

/**
 * A named position of the raw feature vector.
 *
 * @param name not blank
 * @param kind which values the position takes
 */
public record Feature(String name, FeatureKind kind) {
    /** Throws {@link IllegalArgumentException} on a blank name. */
    public Feature {
        if (name.isBlank()) {
            throw new IllegalArgumentException("blank feature name");
        }
    }
}
