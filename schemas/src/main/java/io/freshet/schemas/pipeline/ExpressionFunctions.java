package io.freshet.schemas.pipeline;

import com.google.re2j.Pattern;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import dev.cel.runtime.CelFunctionBinding;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The functions beside CEL's own, and those of CEL's own that are bounded here: a text never grows beyond {@link
 * AvroValue#LONGEST} characters and a regular expression is compiled once. A function throws where it has no value.
 */
final class ExpressionFunctions {
    /** The size of a compiled regular expression, in instructions; the time to match is this times the text's length. */
    static final int LARGEST_PATTERN = 250;

    /** The Earth's mean radius as the IUGG defines it, in kilometres. */
    static final double EARTH_RADIUS_KM = 6371.0088;

    private static final int CACHED = 1_000;
    private static final Map<String, ZoneId> ZONES = new ConcurrentHashMap<>();
    private static final Map<String, Pattern> PATTERNS = new ConcurrentHashMap<>();

    private static final Map<String, ChronoField> TIME_PARTS = Map.of(
            "hour", ChronoField.HOUR_OF_DAY,
            "minuteOfDay", ChronoField.MINUTE_OF_DAY,
            "dayOfWeek", ChronoField.DAY_OF_WEEK,
            "dayOfMonth", ChronoField.DAY_OF_MONTH,
            "month", ChronoField.MONTH_OF_YEAR);

    private ExpressionFunctions() {}

    static List<CelFunctionDecl> declarations() {
        List<CelFunctionDecl> declarations = new ArrayList<>();
        TIME_PARTS
                .keySet()
                .forEach(name -> declarations.add(
                        global(name, SimpleType.INT, List.of(SimpleType.TIMESTAMP, SimpleType.STRING))));
        declarations.add(global("weekend", SimpleType.BOOL, List.of(SimpleType.TIMESTAMP, SimpleType.STRING)));
        declarations.add(global("distanceKm", SimpleType.DOUBLE, Collections.nCopies(4, SimpleType.DOUBLE)));
        declarations.add(CelFunctionDecl.newFunctionDeclaration(
                "replace",
                CelOverloadDecl.newMemberOverload(
                        "freshet_replace",
                        SimpleType.STRING,
                        SimpleType.STRING,
                        SimpleType.STRING,
                        SimpleType.STRING)));
        return declarations;
    }

    static List<CelFunctionBinding> bindings() {
        List<CelFunctionBinding> bindings = new ArrayList<>();
        TIME_PARTS.forEach((name, part) -> bindings.addAll(CelFunctionBinding.fromOverloads(
                name,
                CelFunctionBinding.from(
                        "freshet_" + name,
                        Instant.class,
                        String.class,
                        (time, zone) -> time.atZone(zone(zone)).getLong(part)))));
        bindings.addAll(CelFunctionBinding.fromOverloads(
                "weekend",
                CelFunctionBinding.from(
                        "freshet_weekend",
                        Instant.class,
                        String.class,
                        (time, zone) -> time.atZone(zone(zone)).getDayOfWeek().compareTo(DayOfWeek.SATURDAY) >= 0)));
        bindings.addAll(CelFunctionBinding.fromOverloads(
                "distanceKm",
                CelFunctionBinding.from(
                        "freshet_distanceKm",
                        Collections.nCopies(4, Double.class),
                        values -> distanceKm(
                                (double) values[0], (double) values[1], (double) values[2], (double) values[3]))));
        bindings.addAll(CelFunctionBinding.fromOverloads(
                "replace",
                CelFunctionBinding.from(
                        "freshet_replace",
                        Collections.nCopies(3, String.class),
                        values -> replace((String) values[0], (String) values[1], (String) values[2]))));
        return bindings;
    }

    /** Takes the place of CEL's own, which compiles the expression for every text. */
    static List<CelFunctionBinding> matches() {
        return List.copyOf(CelFunctionBinding.fromOverloads(
                "matches",
                CelFunctionBinding.from("matches", String.class, String.class, ExpressionFunctions::matches),
                CelFunctionBinding.from("matches_string", String.class, String.class, ExpressionFunctions::matches)));
    }

    /** Takes the place of CEL's own, whose result may be of any length. */
    static CelFunctionBinding concatenation() {
        return CelFunctionBinding.from("add_string", String.class, String.class, (left, right) -> {
            requireLength((long) left.length() + right.length());
            return left + right;
        });
    }

    /** @throws java.time.DateTimeException when there is no such zone */
    static ZoneId zone(String name) {
        ZoneId known = ZONES.get(name);
        if (known != null) {
            return known;
        }
        ZoneId zone = ZoneId.of(name);
        if (ZONES.size() < CACHED) {
            ZONES.put(name, zone);
        }
        return zone;
    }

    /** @throws com.google.re2j.PatternSyntaxException when it is no regular expression, or one too large */
    static Pattern pattern(String text) {
        Pattern known = PATTERNS.get(text);
        if (known != null) {
            return known;
        }
        Pattern pattern = Pattern.compile(text);
        if (pattern.programSize() > LARGEST_PATTERN) {
            throw new com.google.re2j.PatternSyntaxException("compiles to " + pattern.programSize()
                    + " instructions, at most " + LARGEST_PATTERN + " are taken; use smaller repeat counts");
        }
        if (PATTERNS.size() < CACHED) {
            PATTERNS.put(text, pattern);
        }
        return pattern;
    }

    private static boolean matches(String text, String pattern) {
        return pattern(pattern).matcher(text).find();
    }

    private static String replace(String text, String from, String to) {
        long found = 0;
        if (from.isEmpty()) {
            found = text.length() + 1L;
        } else {
            for (int at = text.indexOf(from); at >= 0; at = text.indexOf(from, at + from.length())) {
                found++;
            }
        }
        requireLength(text.length() + found * (to.length() - from.length()));
        return text.replace(from, to);
    }

    private static void requireLength(long length) {
        if (length > AvroValue.LONGEST) {
            throw new IllegalArgumentException("a text of " + length + " characters is too long");
        }
    }

    /**
     * The great-circle distance on a sphere of the Earth's mean radius, by the haversine formula (R. W. Sinnott, "Virtues
     * of the Haversine", Sky and Telescope 68, 1984): at most 0.6 % from the distance on the ellipsoid.
     *
     * @param latitude1 degrees, -90 to 90
     * @param longitude1 degrees, -180 to 180
     * @return kilometres
     */
    static double distanceKm(double latitude1, double longitude1, double latitude2, double longitude2) {
        requireDegrees(latitude1, 90);
        requireDegrees(longitude1, 180);
        requireDegrees(latitude2, 90);
        requireDegrees(longitude2, 180);
        double northSouth = Math.sin(Math.toRadians(latitude2 - latitude1) / 2);
        double eastWest = Math.sin(Math.toRadians(longitude2 - longitude1) / 2);
        double haversine = northSouth * northSouth
                + Math.cos(Math.toRadians(latitude1)) * Math.cos(Math.toRadians(latitude2)) * eastWest * eastWest;
        return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(haversine)));
    }

    private static void requireDegrees(double degrees, double most) {
        if (!(Math.abs(degrees) <= most)) {
            throw new IllegalArgumentException(degrees + " must be from -" + most + " to " + most + " degrees");
        }
    }

    private static CelFunctionDecl global(String name, CelType result, List<? extends CelType> parameters) {
        return CelFunctionDecl.newFunctionDeclaration(
                name, CelOverloadDecl.newGlobalOverload("freshet_" + name, result, List.copyOf(parameters)));
    }
}
