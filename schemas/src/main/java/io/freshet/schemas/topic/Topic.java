package io.freshet.schemas.topic;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.Schema;

/**
 * One topic of the catalogue.
 *
 * @param name the topic's full name
 * @param key what the key holds, in words; every key is a UTF-8 string
 * @param value the value's Avro schema; empty where the pipeline's declaration brings it
 * @param partitions how many partitions the topic is created with, at least 1
 * @param cleanup how old records leave the topic
 * @param retention how long records stay; empty for ever, always empty for a compacted topic
 * @param writers the services that write the topic; exactly one, save for the topics that {@link Topics} names as shared
 */
public record Topic(
        String name,
        String key,
        Optional<Schema> value,
        int partitions,
        Cleanup cleanup,
        Optional<Duration> retention,
        Set<Writer> writers) {

    /** How old records leave a topic. */
    public enum Cleanup {
        DELETE,
        COMPACT
    }

    /** Who may write a topic. */
    public enum Writer {
        INGEST_SERVICE("ingest-service"),
        FEATURE_STREAM("feature-stream"),
        SCORING_SERVICE("scoring-service"),
        DRIFT_SERVICE("drift-service"),
        TRAINER_SERVICE("trainer-service"),
        COMMAND_LINE("freshet"),
        PRODUCERS("producers");

        private final String label;

        Writer(String label) {
            this.label = label;
        }

        /** The name as it stands in records and tables. */
        public String label() {
            return label;
        }
    }

    public Topic {
        if (partitions < 1) {
            throw new IllegalArgumentException(
                    "partitions of topic " + name + ": " + partitions + " must be at least 1");
        }
        if (cleanup == Cleanup.COMPACT && retention.isPresent()) {
            throw new IllegalArgumentException("topic " + name + " is compacted and can have no retention");
        }
        writers = Set.copyOf(writers);
    }
}
