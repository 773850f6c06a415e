/**
 * Pipeline declarations: the YAML file that a user writes, as validated records. {@link
 * io.freshet.schemas.pipeline.PipelineFile} reads it and reports every mistake at once, each with file, line, path and
 * fix; expressions are typed against the event's and the label's Avro schema before anything runs.
 */
@NullMarked
package io.freshet.schemas.pipeline;

import org.jspecify.annotations.NullMarked;
