package io.freshet.runtime;

import io.freshet.schemas.pipeline.Pipeline;
import java.util.Optional;

/**
 * A pipeline in force.
 *
 * @param version counts the applied changes of this pipeline from 1
 * @param superseded an earlier declaration, whose features are computed beside this one's while a model that needs them
 *     serves
 */
public record DeclaredPipeline(Pipeline pipeline, int version, Optional<Pipeline> superseded) {}
