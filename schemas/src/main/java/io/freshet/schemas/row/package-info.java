/**
 * Feature rows and labelled examples: one named, typed Avro record per pipeline, generated from its declaration. The row
 * that is scored and the row that is trained on are the same row.
 */
@NullMarked
package io.freshet.schemas.row;

import org.jspecify.annotations.NullMarked;
