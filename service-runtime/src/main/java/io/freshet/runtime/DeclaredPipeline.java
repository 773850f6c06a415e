package io.freshet.runtime;

import io.freshet.schemas.pipeline.Pipeline;

/**
 * A pipeline in force.
 *
 * @param version counts the applied changes of this pipeline from 1
 */
public record DeclaredPipeline(Pipeline pipeline, int version) {}
