package io.freshet.schemas.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @Test
    void shouldFindTheMomentsAroundATime() {
        Schedule mondays = Schedule.of("0 4 * * MON");

        Instant monday = Instant.parse("2026-11-23T04:00:00Z");
        assertThat(mondays.next(monday)).contains(monday.plus(Duration.ofDays(7)));
        assertThat(mondays.last(monday)).as("at the moment itself").contains(monday);
        assertThat(mondays.last(monday.minusMillis(1))).contains(monday.minus(Duration.ofDays(7)));
        assertThat(mondays.last(monday.plusMillis(999))).contains(monday);
        assertThat(mondays.next(monday.minusMillis(1))).contains(monday);
    }

    @Test
    void shouldKnowLeapDaysAndTellEqualSchedules() {
        assertThat(Schedule.of("30 12 29 2 *").next(Instant.parse("2026-01-01T00:00:00Z")))
                .contains(Instant.parse("2028-02-29T12:30:00Z"));
        assertThat(Schedule.of(" 0  4 * *   1 "))
                .isEqualTo(Schedule.of("0 4 * * 1"))
                .hasToString("0 4 * * 1");
        assertThat(Schedule.of("0 4 * * 1")).isNotEqualTo(Schedule.of("0 5 * * 1"));
    }

    @Test
    void shouldRefuseWhatIsNoSchedule() {
        for (String wrong :
                List.of("", "0 4 * *", "0 0 4 * * MON", "61 * * * *", "0 24 * * *", "0 4 * * someday", "@x")) {
            assertThatThrownBy(() -> Schedule.of(wrong)).as(wrong).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> Schedule.of("0 0 30 2 *")).hasMessageContaining("no such day");
    }

    /** Against every minute of the time around, asked whether it matches. */
    @Test
    void shouldAgreeWithTheDefinitionMinuteByMinute() {
        for (long seed = 1; seed <= 40; seed++) {
            Random random = new Random(seed);
            Field minute = Field.any(random, 0, 59, true);
            Field hour = Field.any(random, 0, 23, true);
            Field day = Field.any(random, 1, 28, false);
            Field month = Field.any(random, 1, 12, false);
            Field weekday = Field.any(random, 0, 6, false);
            String text = String.join(" ", List.of(minute.text, hour.text, day.text, month.text, weekday.text));
            Schedule schedule = Schedule.of(text);
            Instant time = Instant.parse("2026-01-01T00:00:00Z").plus(MINUTE.multipliedBy(random.nextInt(525_600)));

            Instant expected = time;
            for (int i = 0; i < 30_000 && !matches(expected, minute, hour, day, month, weekday); i++) {
                expected = expected.minus(MINUTE);
            }

            if (matches(expected, minute, hour, day, month, weekday)) {
                assertThat(schedule.last(time))
                        .as("%s before %s, seed %s", text, time, seed)
                        .contains(expected);
                assertThat(schedule.next(expected.minusSeconds(1)))
                        .as("%s after %s, seed %s", text, expected.minusSeconds(1), seed)
                        .contains(expected);
            } else {
                Optional<Instant> last = schedule.last(time);
                assertThat(last).as("%s, seed %s", text, seed).isPresent();
                assertThat(last.get()).as("%s, seed %s", text, seed).isBefore(expected);
            }
        }
    }

    private static boolean matches(Instant time, Field minute, Field hour, Field day, Field month, Field weekday) {
        LocalDateTime at = LocalDateTime.ofInstant(time, ZoneOffset.UTC);
        boolean ofMonth = day.matches.test(at.getDayOfMonth());
        boolean ofWeek = weekday.matches.test(at.getDayOfWeek().getValue() % 7);
        boolean both = day.text.equals("*") || weekday.text.equals("*");
        return minute.matches.test(at.getMinute())
                && hour.matches.test(at.getHour())
                && month.matches.test(at.getMonthValue())
                && (both ? ofMonth && ofWeek : ofMonth || ofWeek);
    }

    private record Field(String text, IntPredicate matches) {
        static Field any(Random random, int least, int most, boolean steps) {
            return switch (random.nextInt(steps ? 4 : 3)) {
                case 0 -> new Field("*", value -> true);
                case 1 -> {
                    int low = least + random.nextInt(most - least);
                    int high = low + random.nextInt(most - low + 1);
                    yield new Field(low + "-" + high, value -> value >= low && value <= high);
                }
                case 2 -> {
                    List<Integer> values = random.ints(3, least, most + 1)
                            .sorted()
                            .distinct()
                            .boxed()
                            .toList();
                    yield new Field(
                            values.stream().map(String::valueOf).collect(Collectors.joining(",")), values::contains);
                }
                default -> {
                    int step = 2 + random.nextInt(10);
                    yield new Field("*/" + step, value -> (value - least) % step == 0);
                }
            };
        }
    }
}
