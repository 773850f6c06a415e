/**
 * Sends events and labels to ingest-service: files of CSV or JSON lines, at full speed or paced by event time, in batches
 * that are repeated until they are answered, never reordered, with every verdict counted.
 */
@NullMarked
package io.freshet.quickstart.send;

import org.jspecify.annotations.NullMarked;
