package io.freshet.trainer.rows;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schemas.row.Example;
import io.freshet.trainer.Rows;
import io.freshet.trainer.Seeds;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class NewestExamplesTest {
    /** The oracle: everything sorted by event time, the last ones of it. */
    @Test
    void shouldKeepTheNewestOfAllPartitionsAndOfTiesThoseThatCameLast() {
        Seeds.each(50, random -> {
            int most = 1 + random.nextInt(40);
            NewestExamples newest = new NewestExamples(most);
            List<Example> all = new ArrayList<>();
            for (int partition = random.nextInt(4); partition >= 0; partition--) {
                long start = random.nextInt(60);
                for (int i = random.nextInt(100); i >= 0; i--) {
                    Example example =
                            Rows.example(Rows.START.plusSeconds(start + random.nextInt(30)), true, (double) all.size());
                    all.add(example);
                    newest.add(example);
                }
            }
            List<Example> sorted = new ArrayList<>(all);
            sorted.sort(Comparator.comparing(example -> example.row().eventTime()));

            assertThat(newest.given()).isEqualTo(all.size());
            assertThat(newest.newest())
                    .isEqualTo(all.size() <= most ? all : sorted.subList(sorted.size() - most, sorted.size()));
        });
    }
}
