package io.freshet.schemas.pipeline;

import io.freshet.schemas.pipeline.Pipeline.RolloutSpec;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the section of a pipeline file that says how a model takes the champion's place. */
final class RolloutKeys {
    private static final Pattern EVENTS = Pattern.compile("(\\d{1,9})(?:\\s+events)?");
    private static final Pattern SHARE = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,4})?)\\s*%");
    private static final int MOST_EVENTS = 100_000_000;
    private static final double WHOLE = 100;

    private RolloutKeys() {}

    static RolloutSpec rollout(Section section) {
        int shadow = events(section, "shadow", 0, 0);
        List<Double> shares =
                section.has("canary") ? section.list("canary", text -> share(section, text)) : List.of(1.0);
        boolean rising = true;
        for (int i = 1; i < shares.size(); i++) {
            rising &= shares.get(i) > shares.get(i - 1);
        }
        if (!rising || shares.isEmpty() || shares.getLast() < 1) {
            section.problem("canary", "must be rising shares of which the last is 100%, such as [5%, 25%, 100%]");
        }
        if (section.has("events") && shares.size() < 2) {
            section.problem("events", "are those of a canary step; declare shares under 'canary', or remove it");
        }
        RolloutSpec rollout = new RolloutSpec(
                shadow,
                shares.stream().filter(share -> share < 1).toList(),
                events(section, "events", RolloutSpec.EVENTS, 1));
        section.finish();
        return rollout;
    }

    private static int events(Section section, String key, int fallback, int least) {
        return section.text(key, false)
                .flatMap(text -> {
                    Matcher matcher = EVENTS.matcher(text);
                    if (matcher.matches()) {
                        int events = Integer.parseInt(matcher.group(1));
                        if (events >= least && events <= MOST_EVENTS) {
                            return Optional.of(events);
                        }
                    }
                    section.problem(
                            key,
                            "'" + text + "' must be a number of events from " + least + " to " + MOST_EVENTS
                                    + ", such as 2000 events");
                    return Optional.empty();
                })
                .orElse(fallback);
    }

    private static Optional<Double> share(Section section, String text) {
        Matcher matcher = SHARE.matcher(text);
        double share = matcher.matches() ? Double.parseDouble(matcher.group(1)) / WHOLE : 0;
        if (share > 0 && share <= 1) {
            return Optional.of(share);
        }
        section.problem("canary", "'" + text + "' is no share of the entities; write 5%, 0.5% or such, up to 100%");
        return Optional.empty();
    }
}
