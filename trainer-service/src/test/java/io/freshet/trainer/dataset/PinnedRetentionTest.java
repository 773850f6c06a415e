package io.freshet.trainer.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schemas.message.OffsetRange;
import io.freshet.trainer.Seeds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class PinnedRetentionTest {
    @Test
    void shouldCountOffsetByOffset() {
        Seeds.each(500, random -> {
            List<OffsetRange> ranges = new ArrayList<>();
            Map<TopicPartition, Long> first = new HashMap<>();
            Map<TopicPartition, Long> stays = new HashMap<>();
            long missing = 0;
            long expiring = 0;
            for (int partition = 0; partition < 1 + random.nextInt(3); partition++) {
                long from = random.nextInt(30);
                long to = from + random.nextInt(30);
                long gone = random.nextInt(80);
                // The broker is asked twice: retention may work in between.
                long goes = random.nextInt(5) == 0 ? Long.MAX_VALUE : random.nextInt(80);
                ranges.add(new OffsetRange("t", partition, from, to));
                first.put(new TopicPartition("t", partition), gone);
                stays.put(new TopicPartition("t", partition), goes);
                for (long offset = from; offset < to; offset++) {
                    missing += offset < gone ? 1 : 0;
                    expiring += offset >= gone && offset < goes ? 1 : 0;
                }
            }

            assertThat(PinnedRetention.of(ranges, first, stays)).isEqualTo(new PinnedRetention(missing, expiring));
        });
    }
}
