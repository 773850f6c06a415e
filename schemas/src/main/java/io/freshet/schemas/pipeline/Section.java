package io.freshet.schemas.pipeline;

import io.freshet.schemas.pipeline.InvalidPipelineException.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * One mapping of a pipeline file. Reading a key marks it as known; {@link #finish} reports the others. A mistake is
 * added to the shared list and an empty result returned, so that one reading finds them all.
 */
final class Section {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h|d)");

    private final String file;
    private final String path;
    private final int line;
    private final Map<String, Node> entries = new LinkedHashMap<>();
    private final Set<String> read = new HashSet<>();
    private final List<Problem> problems;

    Section(String file, String path, Node node, List<Problem> problems) {
        this.file = file;
        this.path = path;
        this.line = lineOf(node);
        this.problems = problems;
        if (node instanceof MappingNode mapping) {
            for (NodeTuple entry : mapping.getValue()) {
                if (!(entry.getKeyNode() instanceof ScalarNode scalar)) {
                    report(lineOf(entry.getKeyNode()), path, "has a key that is not a single value");
                    continue;
                }
                String key = scalar.getValue();
                if (entries.put(key, entry.getValueNode()) != null) {
                    report(lineOf(entry.getKeyNode()), under(key), "is declared twice");
                }
            }
        } else {
            report(line, path, "must be a mapping of keys to values");
        }
    }

    private Section(String file, String path, int line, List<Problem> problems) {
        this.file = file;
        this.path = path;
        this.line = line;
        this.problems = problems;
    }

    /** The keys, in the order of the file. */
    List<String> keys() {
        return List.copyOf(entries.keySet());
    }

    void problem(String key, String message) {
        Node node = entries.get(key);
        report(node == null ? line : lineOf(node), under(key), message);
    }

    boolean has(String key) {
        return entries.containsKey(key);
    }

    /** The section under a key; when it is missing an empty one, reported if it is required. */
    Optional<Section> section(String key, boolean required) {
        return node(key, required).map(node -> new Section(file, under(key), node, problems));
    }

    /** The section under a key; an empty one, whose keys all have their defaults, when it is missing. */
    Section sectionOrEmpty(String key) {
        return section(key, false).orElseGet(() -> new Section(file, under(key), line, problems));
    }

    Optional<String> text(String key, boolean required) {
        return node(key, required).flatMap(node -> {
            if (node instanceof ScalarNode scalar && !scalar.getValue().isBlank()) {
                return Optional.of(scalar.getValue());
            }
            problem(key, "must be a single value");
            return Optional.empty();
        });
    }

    Duration duration(String key, @Nullable Duration fallback) {
        return text(key, fallback == null)
                .flatMap(text -> {
                    Optional<Duration> duration = duration(text);
                    if (duration.isEmpty()) {
                        problem(key, "'" + text + "' is no duration above zero; write 30s, 15m, 1h or 7d");
                    }
                    return duration;
                })
                .orElse(fallback == null ? Duration.ofDays(1) : fallback);
    }

    /** A duration above zero, such as 15m; empty for anything else. */
    static Optional<Duration> duration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches() || Long.parseLong(matcher.group(1)) == 0) {
            return Optional.empty();
        }
        long amount = Long.parseLong(matcher.group(1));
        return Optional.of(
                switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(amount);
                    case "s" -> Duration.ofSeconds(amount);
                    case "m" -> Duration.ofMinutes(amount);
                    case "h" -> Duration.ofHours(amount);
                    default -> Duration.ofDays(amount);
                });
    }

    /** A duration above zero in the greatest unit that it is a whole number of. */
    static String spelled(Duration duration) {
        long millis = duration.toMillis();
        for (String unit : List.of("d", "h", "m", "s")) {
            long one = duration("1" + unit).orElseThrow().toMillis();
            if (millis % one == 0) {
                return millis / one + unit;
            }
        }
        return millis + "ms";
    }

    int count(String key, int fallback, int least, int most) {
        return text(key, false)
                .flatMap(text -> {
                    try {
                        int value = Integer.parseInt(text);
                        if (value >= least && value <= most) {
                            return Optional.of(value);
                        }
                    } catch (NumberFormatException e) {
                        // Reported below, as a number out of range is.
                    }
                    problem(key, "'" + text + "' must be a whole number from " + least + " to " + most);
                    return Optional.empty();
                })
                .orElse(fallback);
    }

    double number(String key, double fallback, double least, double most) {
        return text(key, false)
                .flatMap(text -> {
                    try {
                        double value = Double.parseDouble(text);
                        if (value >= least && value <= most) {
                            return Optional.of(value);
                        }
                    } catch (NumberFormatException e) {
                        // Reported below, as a number out of range is.
                    }
                    problem(key, "'" + text + "' must be a number from " + least + " to " + most);
                    return Optional.empty();
                })
                .orElse(fallback);
    }

    boolean truth(String key, boolean fallback) {
        return text(key, false)
                .map(text -> {
                    if (!text.equals("true") && !text.equals("false")) {
                        problem(key, "'" + text + "' must be true or false");
                    }
                    return text.equals("true");
                })
                .orElse(fallback);
    }

    <E extends Enum<E>> E choice(String key, Class<E> type, E fallback) {
        return text(key, false).flatMap(text -> constant(key, text, type)).orElse(fallback);
    }

    <E extends Enum<E>> List<E> choices(String key, Class<E> type, List<E> fallback) {
        if (!has(key)) {
            return fallback;
        }
        return list(key, text -> constant(key, text, type)).stream().distinct().toList();
    }

    <E extends Enum<E>> Optional<E> constant(String key, String text, Class<E> type) {
        for (E constant : type.getEnumConstants()) {
            if (spelled(constant).equals(text)) {
                return Optional.of(constant);
            }
        }
        problem(
                key,
                "'" + text + "' is unknown; choose "
                        + String.join(
                                ", ",
                                Arrays.stream(type.getEnumConstants())
                                        .map(Section::spelled)
                                        .toList()));
        return Optional.empty();
    }

    /** A list, or a single value standing for a list of one. */
    <T> List<T> list(String key, Function<String, Optional<T>> convert) {
        List<T> values = new ArrayList<>();
        node(key, true).ifPresent(node -> {
            List<Node> items = node instanceof SequenceNode sequence ? sequence.getValue() : List.of(node);
            for (Node item : items) {
                if (item instanceof ScalarNode scalar) {
                    convert.apply(scalar.getValue()).ifPresent(values::add);
                } else {
                    problem(key, "must be a list of single values");
                }
            }
        });
        return values;
    }

    /** Reports every key that nobody asked for, with the nearest known one. */
    void finish() {
        entries.forEach((key, node) -> {
            if (!read.contains(key)) {
                report(
                        lineOf(node),
                        under(key),
                        "is unknown; the keys here are "
                                + String.join(", ", read.stream().sorted().toList()));
            }
        });
    }

    private Optional<Node> node(String key, boolean required) {
        read.add(key);
        Node node = entries.get(key);
        if (node == null && required) {
            report(line, under(key), "is missing");
        }
        return Optional.ofNullable(node);
    }

    private String under(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private void report(int at, String where, String message) {
        problems.add(new Problem(file, at, where, message));
    }

    private static String spelled(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static int lineOf(Node node) {
        return node.getStartMark().getLine() + 1;
    }
}
