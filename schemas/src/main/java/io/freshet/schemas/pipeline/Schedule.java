package io.freshet.schemas.pipeline;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * Moments that come again, as the five fields of a Unix crontab declare them: minute, hour, day of month, month, day of
 * week, in UTC. Where both days are restricted, either suffices, as crontab(5) says.
 */
public final class Schedule {
    private static final CronParser PARSER = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));
    // A leap day comes again within eight years at the latest, so any moment that comes at all has one in this time.
    private static final Instant SOME_TIME = Instant.parse("2000-01-01T00:00:00Z");

    private final String text;
    private final ExecutionTime moments;

    private Schedule(String text, ExecutionTime moments) {
        this.text = text;
        this.moments = moments;
    }

    /** @throws IllegalArgumentException that says what is wrong with it */
    public static Schedule of(String text) {
        String spaced = text.strip().replaceAll("\\s+", " ");
        Schedule schedule = new Schedule(spaced, ExecutionTime.forCron(PARSER.parse(spaced)));
        if (schedule.next(SOME_TIME).isEmpty()) {
            throw new IllegalArgumentException("there is no such day");
        }
        return schedule;
    }

    /** The first moment after a time. */
    public Optional<Instant> next(Instant time) {
        return moments.nextExecution(utc(time)).map(ZonedDateTime::toInstant);
    }

    /** The last moment at or before a time. */
    public Optional<Instant> last(Instant time) {
        return moments.lastExecution(utc(time.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1)))
                .map(ZonedDateTime::toInstant);
    }

    private static ZonedDateTime utc(Instant time) {
        return time.atZone(ZoneOffset.UTC);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Schedule schedule && schedule.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** The five fields. */
    @Override
    public String toString() {
        return text;
    }
}
