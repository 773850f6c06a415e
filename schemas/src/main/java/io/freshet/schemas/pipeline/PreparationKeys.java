package io.freshet.schemas.pipeline;

import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.pipeline.Pipeline.ModelSpec;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.schemas.pipeline.PreparationSpec.Bound;
import io.freshet.schemas.pipeline.PreparationSpec.Category;
import io.freshet.schemas.pipeline.PreparationSpec.Encode;
import io.freshet.schemas.pipeline.PreparationSpec.Impute;
import io.freshet.schemas.pipeline.PreparationSpec.OfNumber;
import io.freshet.schemas.pipeline.PreparationSpec.OfText;
import io.freshet.schemas.pipeline.PreparationSpec.Quantile;
import io.freshet.schemas.pipeline.PreparationSpec.Rare;
import io.freshet.schemas.pipeline.PreparationSpec.Scale;
import io.freshet.schemas.pipeline.PreparationSpec.Statistic;
import io.freshet.schemas.pipeline.PreparationSpec.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * The keys of a declared feature that say how it is prepared: {@code impute}, {@code indicator}, {@code scale}, {@code
 * clip}, {@code log}, {@code encode}, {@code smoothing}, {@code buckets} and {@code rare}. They are read when it is built,
 * so that the section knows them, and judged once it is known whether the feature is text.
 */
final class PreparationKeys {
    private static final List<String> KEYS =
            List.of("impute", "indicator", "scale", "clip", "log", "encode", "smoothing", "buckets", "rare");

    private static final double MOST = 1e15;
    private static final int MOST_ROWS = 100_000_000;
    private static final int MOST_BUCKETS = 1024;
    private static final String NO_BOUND = "none";
    private static final String OF_NUMBERS = " is for numbers, and this feature is text; remove it";
    private static final String OF_TEXT =
            " is for text, and this feature is a number; remove it, or declare value: string(...)";

    private final Section section;
    private final Optional<String> impute;
    private final boolean indicator;
    private final Optional<Scale> scale;
    private final List<Optional<Bound>> clip;
    private final boolean log;
    private final Optional<Encode> encode;
    private final OptionalDouble smoothing;
    private final OptionalInt buckets;
    private final Optional<Rare> rare;

    PreparationKeys(Section section) {
        this.section = section;
        this.impute = section.text("impute", false);
        this.indicator = truth("indicator");
        this.scale = section.text("scale", false).flatMap(text -> section.constant("scale", text, Scale.class));
        this.clip = clip();
        this.log = truth("log");
        this.encode = section.text("encode", false).flatMap(text -> section.constant("encode", text, Encode.class));
        double rows = section.number("smoothing", Double.NaN, 0, 1e9);
        this.smoothing = Double.isNaN(rows) ? OptionalDouble.empty() : OptionalDouble.of(rows);
        int hashed = section.count("buckets", 0, 2, MOST_BUCKETS);
        this.buckets = hashed == 0 ? OptionalInt.empty() : OptionalInt.of(hashed);
        this.rare = section.text("rare", false).flatMap(this::rare);
    }

    /** What is declared, with every mistake reported; empty where nothing is. */
    Optional<PreparationSpec> of(boolean text, ModelSpec model) {
        PreparationSpec spec = text ? ofText(model.task()) : ofNumber(model.candidates());
        return KEYS.stream().anyMatch(section::has) ? Optional.of(spec) : Optional.empty();
    }

    private OfNumber ofNumber(List<Family> candidates) {
        for (String key : List.of("encode", "smoothing", "buckets", "rare")) {
            refuse(key, section.has(key), key + OF_TEXT);
        }
        Optional<Impute> replacement = impute.flatMap(this::numberImpute);
        Optional<Bound> low = clip.isEmpty() ? Optional.empty() : clip.getFirst();
        Optional<Bound> high = clip.isEmpty() ? Optional.empty() : clip.getLast();
        refuse("clip", crossed(low, high), "the first bound must be below the second");
        if (replacement.isPresent() && replacement.get() instanceof PreparationSpec.Number constant) {
            boolean below = low.isPresent() && low.get() instanceof Value(double least) && constant.value() < least;
            boolean above = high.isPresent() && high.get() instanceof Value(double most) && constant.value() > most;
            refuse(
                    "impute",
                    below || above,
                    "'" + impute.get() + "' lies outside clip, which would change it; choose one within");
        }
        List<String> cannot = candidates.stream()
                .filter(family -> !family.takesMissing())
                .map(Family::spelled)
                .toList();
        refuse(
                "impute",
                replacement.equals(Optional.of(Statistic.KEEP)) && !cannot.isEmpty(),
                "'keep' leaves numbers missing, which " + String.join(", ", cannot)
                        + " cannot take; choose mean, median, most-frequent or a number, or declare other candidates");
        return new OfNumber(replacement, indicator, low, high, log, scale);
    }

    private OfText ofText(Task task) {
        for (String key : List.of("scale", "clip", "log")) {
            refuse(key, section.has(key), key + OF_NUMBERS);
        }
        refuse(
                "smoothing",
                section.has("smoothing") && !encode.equals(Optional.of(Encode.TARGET)),
                "needs encode: target");
        refuse(
                "encode",
                encode.equals(Optional.of(Encode.TARGET)) && task instanceof Task.Multiclass,
                "'target' is the mean label, which several classes do not have; choose one-hot, ordinal, hashing or"
                        + " frequency");
        boolean hashing = encode.equals(Optional.of(Encode.HASHING));
        refuse("buckets", section.has("buckets") && !hashing, "needs encode: hashing");
        refuse(
                "rare",
                section.has("rare") && hashing,
                "hashing counts no categories; remove it, or choose another encode");
        refuse(
                "indicator",
                indicator && encode.equals(Optional.of(Encode.ONE_HOT)),
                "one-hot has a column for missing values already; remove it");
        refuse(
                "indicator",
                indicator && !section.has("encode"),
                "needs encode: ordinal, target, hashing or frequency; one-hot, which may be chosen otherwise, has a column"
                        + " for missing values already");
        return new OfText(impute.flatMap(this::textImpute), indicator, encode, smoothing, buckets, rare);
    }

    private void refuse(String key, boolean wrong, String message) {
        if (wrong) {
            section.problem(key, message);
        }
    }

    private static Optional<Statistic> statistic(String text) {
        return switch (text) {
            case "keep" -> Optional.of(Statistic.KEEP);
            case "mean" -> Optional.of(Statistic.MEAN);
            case "median" -> Optional.of(Statistic.MEDIAN);
            case "most-frequent" -> Optional.of(Statistic.MOST_FREQUENT);
            default -> Optional.empty();
        };
    }

    private Optional<Impute> numberImpute(String text) {
        Optional<Statistic> statistic = statistic(text);
        if (statistic.isPresent()) {
            return Optional.of(statistic.get());
        }
        OptionalDouble constant = number(text, -MOST, MOST);
        if (constant.isEmpty()) {
            section.problem(
                    "impute", "'" + text + "' is unknown; choose mean, median, most-frequent, keep or a number");
            return Optional.empty();
        }
        return Optional.of(new PreparationSpec.Number(constant.getAsDouble()));
    }

    private Optional<Impute> textImpute(String text) {
        Optional<Statistic> statistic = statistic(text);
        if (statistic.isEmpty()) {
            return Optional.of(new Category(text));
        }
        refuse(
                "impute",
                statistic.get() == Statistic.MEAN || statistic.get() == Statistic.MEDIAN,
                "text has no " + text + "; choose most-frequent, keep or a category");
        return Optional.of(statistic.get());
    }

    private boolean truth(String key) {
        Optional<String> text = section.text(key, false);
        refuse(
                key,
                text.isPresent() && !text.get().equals("true") && !text.get().equals("false"),
                "'" + text.orElse("") + "' must be true or false");
        return text.equals(Optional.of("true"));
    }

    /** Two bounds, or none at all. */
    private List<Optional<Bound>> clip() {
        if (!section.has("clip")) {
            return List.of();
        }
        List<Optional<Bound>> bounds = new ArrayList<>();
        List<String> texts = section.list("clip", Optional::of);
        for (String text : texts) {
            if (text.equals(NO_BOUND)) {
                bounds.add(Optional.empty());
                continue;
            }
            Optional<Bound> bound = text.endsWith("%")
                    ? share(text).stream()
                            .mapToObj(share -> (Bound) new Quantile(share))
                            .findFirst()
                    : number(text, -MOST, MOST).stream()
                            .mapToObj(value -> (Bound) new Value(value))
                            .findFirst();
            refuse(
                    "clip",
                    bound.isEmpty(),
                    "'" + text + "' is no bound; write a number, a quantile such as 99%, or none");
            bounds.add(bound);
        }
        if (texts.size() != 2) {
            section.problem("clip", "needs two bounds, such as [0, 99%] or [none, 1000]");
            return List.of();
        }
        return bounds;
    }

    private static boolean crossed(Optional<Bound> low, Optional<Bound> high) {
        if (low.isEmpty() || high.isEmpty()) {
            return false;
        }
        return switch (low.get()) {
            case Value(double least) -> high.get() instanceof Value(double most) && least >= most;
            case Quantile(double least) -> high.get() instanceof Quantile(double most) && least >= most;
        };
    }

    private Optional<Rare> rare(String text) {
        OptionalDouble share = text.endsWith("%") ? share(text) : OptionalDouble.empty();
        if (share.isPresent()) {
            return Optional.of(new Rare(0, share.getAsDouble()));
        }
        OptionalDouble rows = number(text, 1, MOST_ROWS);
        if (rows.isPresent() && rows.getAsDouble() == Math.rint(rows.getAsDouble())) {
            return Optional.of(new Rare((int) rows.getAsDouble(), 0));
        }
        section.problem(
                "rare", "'" + text + "' must be a least number of rows, such as 20, or a least share, such as 0.1%");
        return Optional.empty();
    }

    /** A percentage as a share from 0 to 1. */
    private static OptionalDouble share(String text) {
        OptionalDouble percent = number(text.substring(0, text.length() - 1).strip(), 0, 100);
        return percent.isEmpty() ? percent : OptionalDouble.of(percent.getAsDouble() / 100);
    }

    private static OptionalDouble number(String text, double least, double most) {
        try {
            double value = Double.parseDouble(text);
            return value >= least && value <= most ? OptionalDouble.of(value) : OptionalDouble.empty();
        } catch (NumberFormatException e) {
            return OptionalDouble.empty();
        }
    }
}
