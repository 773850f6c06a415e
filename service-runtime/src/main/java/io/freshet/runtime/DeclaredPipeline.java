package io.freshet.runtime;

import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.pipeline.Pipeline;
import java.util.Optional;

/**
 * A pipeline in force.
 *
 * @param superseded an earlier declaration, whose features are computed beside this one's while a model that needs them
 *     serves
 * @param source the record that it was read from
 */
public record DeclaredPipeline(Pipeline pipeline, Optional<Pipeline> superseded, PipelineDeclared source) {
    /** Counts the applied changes of this pipeline from 1. */
    public int version() {
        return source.getVersion();
    }
}
