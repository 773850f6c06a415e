package io.freshet.page;

import java.math.BigDecimal;
import java.math.MathContext;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Numbers and times as people read them. */
public final class Figures {
    private static final int DIGITS = 4;
    private static final double LARGE = 1e9;
    private static final double SMALL = 1e-4;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private Figures() {}

    /** Four significant digits, whole numbers in full: {@code 1,234}, {@code 0.1235}, {@code 1.235E12}. */
    public static String number(double value) {
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

    /** A share in percent with one decimal. */
    public static String percent(double share) {
        String rounded = format("0.0", 100 * share);
        return (rounded.equals("0.0") && share > 0 ? "<0.1" : rounded) + " %";
    }

    /** To the second, in UTC. */
    public static String time(Instant time) {
        return TIME.format(time);
    }

    /** As declarations write it: {@code 90m}, {@code 7d}. */
    public static String duration(Duration duration) {
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
}
