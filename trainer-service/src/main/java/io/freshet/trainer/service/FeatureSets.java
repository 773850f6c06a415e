package io.freshet.trainer.service;

import io.freshet.runtime.DeclaredPipeline;
import io.freshet.schemas.row.FeatureRowSchema;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which features rows have. */
final class FeatureSets {
    private FeatureSets() {}

    /** The feature sets that are computed: the declared one, and the superseded one where there is one. */
    static Set<String> computed(DeclaredPipeline declared) {
        return Stream.concat(Stream.of(declared.pipeline()), declared.superseded().stream())
                .map(each -> FeatureRowSchema.of(each).featureSet())
                .collect(Collectors.toUnmodifiableSet());
    }
}
