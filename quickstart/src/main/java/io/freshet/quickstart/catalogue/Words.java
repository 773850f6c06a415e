package io.freshet.quickstart.catalogue;

import io.freshet.quickstart.catalogue.FeatureCatalogue.Distribution;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Entry;
import io.freshet.quickstart.catalogue.FeatureCatalogue.NoValues;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Numbers;
import io.freshet.quickstart.catalogue.FeatureCatalogue.RegisteredModel;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Texts;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Values;
import io.freshet.schemas.pipeline.Pipeline.Source;
import io.freshet.schemas.pipeline.Pipeline.Window;
import java.math.BigDecimal;
import java.math.MathContext;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Parts of a catalogue in words, for people. Texts from outside stay as they are; whoever shows them makes them fit. */
final class Words {
    private static final int DIGITS = 4;
    private static final double LARGE = 1e9;
    private static final double SMALL = 1e-4;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private Words() {}

    /** Four significant digits, whole numbers in full: {@code 1,234}, {@code 0.1235}, {@code 1.235E12}. */
    static String number(double value) {
        double size = Math.abs(value);
        if (size != 0 && (size >= LARGE || size < SMALL)) {
            return format("0.###E0", value);
        }
        if (value == Math.rint(value)) {
            return format("#,##0", value);
        }
        BigDecimal rounded = new BigDecimal(value).round(new MathContext(DIGITS));
        return new DecimalFormat("#,##0.########", DecimalFormatSymbols.getInstance(Locale.ROOT)).format(rounded);
    }

    private static String format(String pattern, double value) {
        return new DecimalFormat(pattern, DecimalFormatSymbols.getInstance(Locale.ROOT)).format(value);
    }

    static String percent(double share) {
        String rounded = format("0.0", 100 * share);
        return (rounded.equals("0.0") && share > 0 ? "<0.1" : rounded) + " %";
    }

    static String time(Instant time) {
        return TIME.format(time);
    }

    /** As declarations write it: {@code 90m}, {@code 7d}. */
    static String duration(Duration duration) {
        long millis = duration.toMillis();
        if (millis == 0) {
            return "0s";
        }
        if (millis % Duration.ofDays(1).toMillis() == 0) {
            return duration.toDays() + "d";
        }
        if (millis % Duration.ofHours(1).toMillis() == 0) {
            return duration.toHours() + "h";
        }
        if (millis % Duration.ofMinutes(1).toMillis() == 0) {
            return duration.toMinutes() + "m";
        }
        return millis % Duration.ofSeconds(1).toMillis() == 0 ? duration.toSeconds() + "s" : millis + "ms";
    }

    static String type(Entry entry) {
        return entry.text() ? "text" : "number";
    }

    static String source(Entry entry) {
        return entry.source() == Source.EVENT ? "events" : "labels";
    }

    /** The entity; a dash for features without a window. */
    static String entity(Entry entry) {
        if (entry.window().isEmpty()) {
            return "-";
        }
        return entry.by().isEmpty() ? "all together" : String.join(", ", entry.by());
    }

    /** The window; a dash where there is none. */
    static String window(Entry entry) {
        return entry.window()
                .map(window -> duration(window.over())
                        + (window.delay().isZero() ? "" : ", until " + duration(window.delay()) + " before"))
                .orElse("-");
    }

    static String windowInFull(Window window) {
        return duration(window.over()) + ", starting at multiples of " + duration(window.hop())
                + (window.delay().isZero()
                        ? ", up to the row"
                        : ", ending " + duration(window.delay()) + " before the row")
                + (window.includeSelf() ? ", the row's own event included" : "");
    }

    static String nullRate(Values values) {
        return values.nullRate().isPresent() ? percent(values.nullRate().getAsDouble()) : "-";
    }

    static String distribution(Distribution distribution) {
        return switch (distribution) {
            case NoValues() -> "no values yet";
            case Numbers numbers ->
                "min " + number(numbers.min()) + ", 5 % " + number(numbers.p5()) + ", median "
                        + number(numbers.median()) + ", 95 % " + number(numbers.p95()) + ", max "
                        + number(numbers.max()) + ", mean " + number(numbers.mean())
                        + (numbers.sd().isPresent()
                                ? ", sd " + number(numbers.sd().getAsDouble())
                                : "");
            case Texts(long distinct, long longer, var top) ->
                number(distinct) + " different"
                        + (longer > 0 ? " and " + number(longer) + " values of more than 256 characters" : "")
                        + top.entrySet().stream()
                                .map(each -> each.getKey() + " " + number(each.getValue()))
                                .collect(Collectors.joining(", ", ": ", ""));
        };
    }

    static String reads(Lineage lineage) {
        return java.util.stream.Stream.concat(
                        lineage.fields().stream(), lineage.features().stream().map(name -> "feature." + name))
                .collect(Collectors.joining(", "));
    }

    static String flow(Lineage lineage) {
        return String.join(", ", lineage.from()) + " -> " + String.join(", ", lineage.to());
    }

    /** Empty list: none. */
    static String models(List<RegisteredModel> models) {
        return models.isEmpty()
                ? "none"
                : models.stream()
                        .map(model -> model.version() + " " + model.family() + (model.champion() ? " (champion)" : ""))
                        .collect(Collectors.joining(", "));
    }
}
