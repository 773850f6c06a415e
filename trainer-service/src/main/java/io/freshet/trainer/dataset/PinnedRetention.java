package io.freshet.trainer.dataset;

import io.freshet.runtime.KafkaConnection;
import io.freshet.schemas.message.OffsetRange;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/**
 * What retention leaves of pinned ranges, in offsets, which transaction markers take as well.
 *
 * @param missing offsets that are gone
 * @param expiring offsets that are there, and go within {@link #SOON}
 */
public record PinnedRetention(long missing, long expiring) {
    /** How long ahead is looked: time to export a training set, or to raise the retention. */
    public static final Duration SOON = Duration.ofDays(7);

    private static final long NONE = -1;

    /**
     * Asks the broker, by the time that the topics keep records. A topic that is also bounded by size may lose them sooner.
     *
     * @throws ExecutionException when it cannot be asked
     */
    public static PinnedRetention of(KafkaConnection connection, List<OffsetRange> ranges, Instant now)
            throws ExecutionException, InterruptedException {
        try (Admin admin = connection.admin()) {
            Map<ConfigResource, Config> configs = admin.describeConfigs(ranges.stream()
                            .map(range -> topic(range.getTopic()))
                            .distinct()
                            .toList())
                    .all()
                    .get();
            Map<TopicPartition, OffsetSpec> earliest = new HashMap<>();
            Map<TopicPartition, OffsetSpec> kept = new HashMap<>();
            for (OffsetRange range : ranges) {
                TopicPartition partition = new TopicPartition(range.getTopic(), range.getPartition());
                earliest.put(partition, OffsetSpec.earliest());
                long millis = Long.parseLong(Objects.requireNonNull(configs.get(topic(range.getTopic())))
                        .get(TopicConfig.RETENTION_MS_CONFIG)
                        .value());
                if (millis != NONE) {
                    kept.put(
                            partition,
                            OffsetSpec.forTimestamp(Math.max(0, now.plus(SOON).toEpochMilli() - millis)));
                }
            }
            Map<TopicPartition, Long> first = offsets(admin, earliest);
            Map<TopicPartition, Long> stays = new HashMap<>(first);
            stays.putAll(offsets(admin, kept));
            return of(ranges, first, stays);
        }
    }

    private static ConfigResource topic(String name) {
        return new ConfigResource(ConfigResource.Type.TOPIC, name);
    }

    /** No record is as young as was asked for where the answer is {@value #NONE}: none stays. */
    private static Map<TopicPartition, Long> offsets(Admin admin, Map<TopicPartition, OffsetSpec> asked)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (Map.Entry<TopicPartition, ListOffsetsResultInfo> answer :
                admin.listOffsets(asked).all().get().entrySet()) {
            long offset = answer.getValue().offset();
            offsets.put(answer.getKey(), offset == NONE ? Long.MAX_VALUE : offset);
        }
        return offsets;
    }

    /**
     * @param first the first offset that each partition has
     * @param stays the first offset of each partition that stays for longer
     */
    static PinnedRetention of(
            List<OffsetRange> ranges, Map<TopicPartition, Long> first, Map<TopicPartition, Long> stays) {
        long missing = 0;
        long expiring = 0;
        for (OffsetRange range : ranges) {
            TopicPartition partition = new TopicPartition(range.getTopic(), range.getPartition());
            long gone = before(range, Objects.requireNonNull(first.get(partition)));
            missing += gone;
            expiring += Math.max(0, before(range, Objects.requireNonNull(stays.get(partition))) - gone);
        }
        return new PinnedRetention(missing, expiring);
    }

    /** How many offsets of a range come before this one. */
    private static long before(OffsetRange range, long offset) {
        return Math.max(0, Math.min(offset, range.getToOffset()) - range.getFromOffset());
    }
}
