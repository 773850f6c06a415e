package io.freshet.schemas.pipeline;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which labelled rows a model is fitted on; each reaches up to the hold-out. */
public sealed interface TrainingWindow {
    /** Everything that is read. */
    TrainingWindow ALL = new All();

    /** As a pipeline file spells it. */
    String spelled();

    /** Everything that is read, the newest {@code training.last} rows. */
    record All() implements TrainingWindow {
        @Override
        public String spelled() {
            return "all";
        }
    }

    /**
     * The newest rows.
     *
     * @param rows how many, the hold-out among them, at least 1
     */
    record Last(int rows) implements TrainingWindow {
        @Override
        public String spelled() {
            return "last " + rows;
        }
    }

    /**
     * The newest stretch of event time, the hold-out in it.
     *
     * @param span above zero
     */
    record Newest(Duration span) implements TrainingWindow {
        @Override
        public String spelled() {
            return "last " + Section.spelled(span);
        }
    }

    /** What has come since the drift began that a model is asked for. */
    record SinceDrift() implements TrainingWindow {
        @Override
        public String spelled() {
            return "since-drift";
        }
    }

    /**
     * Everything, a row of one half-life ago counting half as much as one of now.
     *
     * @param halfLife above zero, event time
     */
    record Weighted(Duration halfLife) implements TrainingWindow {
        @Override
        public String spelled() {
            return "weighted " + Section.spelled(halfLife);
        }
    }

    /** Reads what {@link #spelled} writes; empty for anything else. */
    static Optional<TrainingWindow> parse(String text) {
        return switch (text) {
            case "all" -> Optional.of(ALL);
            case "since-drift" -> Optional.of(new SinceDrift());
            default -> sized(text);
        };
    }

    private static Optional<TrainingWindow> sized(String text) {
        Matcher matcher = Pattern.compile("(last|weighted)\\s+(\\S+)").matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String size = matcher.group(2);
        if (matcher.group(1).equals("weighted")) {
            return Section.duration(size).map(Weighted::new);
        }
        return size.matches("[1-9]\\d{0,8}")
                ? Optional.of(new Last(Integer.parseInt(size)))
                : Section.duration(size).map(Newest::new);
    }
}
