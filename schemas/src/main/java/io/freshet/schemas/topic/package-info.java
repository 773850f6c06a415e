/**
 * The topic catalogue: every topic that Freshet reads or writes, with its key, value schema, partitions, retention and
 * single writer. Topic creation, the table in the README and the one-writer test are derived from it.
 */
@NullMarked
package io.freshet.schemas.topic;

import org.jspecify.annotations.NullMarked;
