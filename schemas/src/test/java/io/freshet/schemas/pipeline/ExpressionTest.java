package io.freshet.schemas.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.freshet.schemas.pipeline.Expression.InvalidExpressionException;
import io.freshet.schemas.pipeline.Expression.Kind;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.util.Utf8;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ExpressionTest {
    private static final Schema TIME = LogicalTypes.timestampMillis().addToSchema(Schema.create(Schema.Type.LONG));
    private static final Schema EVENT = SchemaBuilder.record("Event")
            .fields()
            .requiredString("city")
            .requiredDouble("amount")
            .requiredInt("items")
            .optionalDouble("discount")
            .name("at")
            .type(TIME)
            .noDefault()
            .endRecord();
    private static final Schema LABEL =
            SchemaBuilder.record("Label").fields().requiredInt("delay").endRecord();

    private static final Schema NESTED = new Schema.Parser().parse("""
            {"type": "record", "name": "Purchase", "fields": [
              {"name": "score", "type": ["null", "double"]}, {"name": "nick", "type": ["null", "string"]},
              {"name": "flag", "type": ["null", "boolean"]},
              {"name": "updated", "type": ["null", {"type": "long", "logicalType": "timestamp-micros"}]},
              {"name": "day", "type": {"type": "int", "logicalType": "date"}}, {"name": "in", "type": "int"},
              {"name": "merchant", "type": ["null", {"type": "record", "name": "Merchant", "fields": [
                {"name": "country", "type": "string"}, {"name": "owner", "type": ["null", "Merchant"]}]}]},
              {"name": "merchants", "type": {"type": "array", "items": "Merchant"}},
              {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["SHOP", "WEB"]}},
              {"name": "tags", "type": {"type": "array", "items": "string"}},
              {"name": "counts", "type": {"type": "map", "values": "long"}},
              {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
              {"name": "either", "type": ["string", "int"]}]}""");

    @Test
    void shouldKnowWhatItYields() throws Exception {
        assertThat(Expression.compile("event.amount > 10.0", EVENT, null).kind())
                .isEqualTo(Kind.TRUTH);
        assertThat(Expression.compile("event.amount * 2.0", EVENT, null).kind()).isEqualTo(Kind.NUMBER);
        assertThat(Expression.compile("event.city", EVENT, null).kind()).isEqualTo(Kind.TEXT);
        assertThat(Expression.compile("label.delay > 15", EVENT, LABEL).usesLabel())
                .isTrue();
        assertThat(Expression.compile("event.items > 15", EVENT, LABEL).usesLabel())
                .isFalse();
    }

    @Test
    void shouldEvaluateOverEventAndLabel() throws Exception {
        GenericRecord label = new GenericData.Record(LABEL);
        label.put("delay", 20);

        assertThat(Expression.compile("event.amount * 2.0", EVENT, null).evaluate(event(), null))
                .isEqualTo(25.0);
        assertThat(Expression.compile("event.items + 1", EVENT, null).evaluate(event(), null))
                .isEqualTo(4.0);
        assertThat(Expression.compile("event.city", EVENT, null).evaluate(event(), null))
                .isEqualTo("Oslo");
        assertThat(Expression.compile("label.delay > 15", EVENT, LABEL).evaluate(event(), label))
                .isEqualTo(true);
    }

    @Test
    void shouldReadTheClockOfANamedZone() throws Exception {
        // 2001-01-01 is a Monday; 02:30 UTC is still Sunday 21:30 in New York.
        assertThat(number("hour(event.at, 'UTC')")).isEqualTo(2.0);
        assertThat(number("hour(event.at, 'America/New_York')")).isEqualTo(21.0);
        assertThat(number("dayOfWeek(event.at, 'UTC')")).isEqualTo(1.0);
        assertThat(number("dayOfWeek(event.at, 'America/New_York')")).isEqualTo(7.0);
    }

    @Test
    void shouldHaveNoValueWhereAFieldIsNullOrTheResultIsNoNumber() throws Exception {
        assertThat(number("event.discount + 1.0")).isNull();
        assertThat(number("event.items / (event.items - 3)")).isNull();
        assertThat(number("event.amount / 0.0")).isNull();
        assertThat(number("hour(event.at, event.city)")).isNull();
    }

    @Test
    void shouldRefuseUnknownFieldsAndMixedTypesWhenDeclared() {
        assertThatThrownBy(() -> Expression.compile("event.amout > 1.0", EVENT, null))
                .isInstanceOf(InvalidExpressionException.class)
                .hasMessageContaining("amout")
                .hasMessageContaining("event.amount");
        assertThatThrownBy(() -> Expression.compile("event.city > 1", EVENT, null))
                .isInstanceOf(InvalidExpressionException.class);
        assertThatThrownBy(() -> Expression.compile("label.delay > 1", EVENT, null))
                .isInstanceOf(InvalidExpressionException.class);
        assertThatThrownBy(() -> Expression.compile("[event.amount]", EVENT, null))
                .isInstanceOf(InvalidExpressionException.class)
                .hasMessageContaining("list");
    }

    @Test
    void shouldLetNullsBeAskedForAndNeverThrow() throws Exception {
        assertThat(nested("event.score == null ? 0.5 : event.score")).isEqualTo(0.5);
        assertThat(nested("event.nick != null && event.nick.startsWith('A')")).isEqualTo(false);
        assertThat(nested("event.score > 1.0")).isNull();
        assertThat(nested("event.score + 1.0")).isNull();
        assertThat(nested("-event.score")).isNull();
        assertThat(nested("event.nick + 'x'")).isNull();
        assertThat(nested("!event.flag")).isNull();
        assertThat(nested("event.flag ? 1 : 2")).isNull();
        assertThat(nested("event.score == 1.0")).isEqualTo(false);
        assertThat(nested("event.score in [1.0]")).isEqualTo(false);
        assertThat(nested("event.updated == null")).isEqualTo(true);
        assertThat(nested("hour(event.updated, 'UTC')")).isNull();
        assertThat(nested("event.score")).isNull();
    }

    @Test
    void shouldDecideATruthByTheSideThatHasAValue() throws Exception {
        assertThat(nested("event.score > 1.0 || true")).isEqualTo(true);
        assertThat(nested("false && event.score > 1.0")).isEqualTo(false);
        assertThat(nested("event.flag || true")).isEqualTo(true);
        assertThat(nested("event.score > 1.0 || false")).isNull();
        assertThat(nested("event.score > 1.0 && true")).isNull();
    }

    @Test
    void shouldHaveNoValueWhereArithmeticHasNone() throws Exception {
        assertThat(number("event.items % (event.items - 3)")).isNull();
        assertThat(number("event.items * 9223372036854775807")).isNull();
        assertThat(number("event.amount * 1e308 * 1e308")).isNull();
        assertThat(number("int(event.city)")).isNull();
        assertThat(number("event.city.substring(10)")).isNull();
    }

    @Test
    void shouldTakeANumberThatIsNotFiniteForNone() throws Exception {
        GenericRecord event = event();
        event.put("amount", Double.NaN);

        assertThat(Expression.compile("event.amount", EVENT, null).evaluate(event, null))
                .isNull();
        assertThat(Expression.compile("event.amount < 1.0", EVENT, null).evaluate(event, null))
                .isNull();
    }

    @Test
    void shouldHandleTexts() throws Exception {
        assertThat(number("event.city.lowerAscii()")).isEqualTo("oslo");
        assertThat(number("('  ' + event.city + ' ').trim()")).isEqualTo("Oslo");
        assertThat(number("event.city.substring(1, 3)")).isEqualTo("sl");
        assertThat(number("event.city.replace('s', 'ss')")).isEqualTo("Osslo");
        assertThat(number("event.city.replace('', '-')")).isEqualTo("-O-s-l-o-");
        assertThat(number("event.city.split('s')[1]")).isEqualTo("lo");
        assertThat(number("event.city.indexOf('l')")).isEqualTo(2.0);
        assertThat(number("event.city.matches('^O[a-z]{3}$')")).isEqualTo(true);
        assertThat(number("size(event.city)")).isEqualTo(4.0);
    }

    @Test
    void shouldHaveMathematics() throws Exception {
        assertThat(number("math.greatest(event.amount, 20.0)")).isEqualTo(20.0);
        assertThat(number("math.least(event.items, 2)")).isEqualTo(2.0);
        assertThat(number("math.round(event.amount)")).isEqualTo(13.0);
        assertThat(number("math.abs(-event.amount)")).isEqualTo(12.5);
        assertThat(number("math.sqrt(event.amount * 2.0)")).isEqualTo(5.0);
        assertThat(number("math.sqrt(-event.amount)")).isNull();
        assertThat(number("event.amount > 12")).isEqualTo(true);
        assertThat(number("event.items < 3.5")).isEqualTo(true);
    }

    @Test
    void shouldReadEveryPartOfTheClock() throws Exception {
        assertThat(number("minuteOfDay(event.at, 'UTC')")).isEqualTo(150.0);
        assertThat(number("dayOfMonth(event.at, 'America/New_York')")).isEqualTo(31.0);
        assertThat(number("month(event.at, 'UTC')")).isEqualTo(1.0);
        assertThat(number("month(event.at, 'America/New_York')")).isEqualTo(12.0);
        assertThat(number("weekend(event.at, 'UTC')")).isEqualTo(false);
        assertThat(number("weekend(event.at, 'America/New_York')")).isEqualTo(true);
        assertThat(number("event.at.getHours('America/New_York')")).isEqualTo(21.0);
        assertThat(number("event.at.getHours('+05:30')")).isEqualTo(8.0);
    }

    @Test
    void shouldFollowTheClocksWhenTheyChange() throws Exception {
        // In Berlin the hour after 01:59 was 03:00 on 2024-03-31, and the hour from 02:00 came twice on 2024-10-27.
        assertThat(at("2024-03-31T00:59:00Z", "hour(event.at, 'Europe/Berlin')"))
                .isEqualTo(1.0);
        assertThat(at("2024-03-31T01:00:00Z", "hour(event.at, 'Europe/Berlin')"))
                .isEqualTo(3.0);
        assertThat(at("2024-10-27T00:30:00Z", "minuteOfDay(event.at, 'Europe/Berlin')"))
                .isEqualTo(150.0);
        assertThat(at("2024-10-27T01:30:00Z", "minuteOfDay(event.at, 'Europe/Berlin')"))
                .isEqualTo(150.0);
        assertThat(at("2024-10-27T22:59:00Z", "dayOfWeek(event.at, 'Europe/Berlin')"))
                .isEqualTo(7.0);
        assertThat(at("2024-10-27T23:00:00Z", "dayOfWeek(event.at, 'Europe/Berlin')"))
                .isEqualTo(1.0);
    }

    @Test
    void shouldRefuseAZoneThatDoesNotExistWhenDeclared() {
        assertRefused("hour(event.at, 'Europe/Olso')", "column 16", "'Europe/Olso'", "did you mean 'Europe/Oslo'?");
        assertRefused("event.at.getHours('Mars/Olympus')", "'Mars/Olympus'", "IANA");
    }

    /** Distances published for the sphere or, within the 0.6 % that a sphere may differ, for the ellipsoid. */
    @Test
    void shouldMeasureGreatCircleDistances() throws Exception {
        // Nashville (BNA) to Los Angeles (LAX), the example that the haversine formula is taught by: 2887.25995 km
        // on a sphere of 6372.8 km.
        double bnaToLax = (double) Objects.requireNonNull(number("distanceKm(36.12, -86.67, 33.94, -118.40)"));
        assertThat(bnaToLax).isCloseTo(2887.25995061 * 6371.0088 / 6372.8, within(0.001));
        // Flinders Peak to Buninyong, Geoscience Australia's example on the ellipsoid: 54.972271 km.
        double flinders = (double)
                Objects.requireNonNull(number("distanceKm(-37.95103341, 144.42486789, -37.65282114, 143.92649553)"));
        assertThat(flinders).isCloseTo(54.972271, withinPercentage(0.6));
        // Half and a quarter of the circumference, the latter across the date line and over a pole.
        assertThat((double) Objects.requireNonNull(number("distanceKm(0.0, 0.0, 0.0, 180.0)")))
                .isCloseTo(Math.PI * 6371.0088, within(1e-6));
        assertThat((double) Objects.requireNonNull(number("distanceKm(0.0, 135.0, 0.0, -135.0)")))
                .isCloseTo(Math.PI / 2 * 6371.0088, within(1e-6));
        assertThat((double) Objects.requireNonNull(number("distanceKm(90.0, 20.0, -90.0, 77.0)")))
                .isCloseTo(Math.PI * 6371.0088, within(1e-6));
        assertThat(number("distanceKm(59.9, 10.7, 59.9, 10.7)")).isEqualTo(0.0);
    }

    @Test
    void shouldHaveNoDistanceOutsideOfTheGlobe() throws Exception {
        assertThat(number("distanceKm(90.1, 0.0, 0.0, 0.0)")).isNull();
        assertThat(number("distanceKm(0.0, 0.0, 0.0, -180.1)")).isNull();
        assertThat(number("distanceKm(event.discount, 0.0, 0.0, 0.0)")).isNull();
    }

    @Test
    void shouldReadFeaturesDeclaredAbove() throws Exception {
        Map<String, Kind> known = Map.of("mean_30d", Kind.NUMBER, "city", Kind.TEXT, "busy", Kind.TRUTH);
        Expression ratio = Expression.compile("event.amount / feature.mean_30d", EVENT, null, known);

        assertThat(ratio.features()).containsExactly("mean_30d");
        assertThat(ratio.evaluate(event(), null, name -> 2.5)).isEqualTo(5.0);
        assertThat(ratio.evaluate(event(), null, name -> null)).isNull();
        assertThat(ratio.evaluate(event(), null, name -> 0.0)).isNull();
        assertThatThrownBy(() -> ratio.evaluate(event(), null)).hasMessageContaining("feature.mean_30d");
        assertThat(Expression.compile("feature.city", EVENT, null, known).evaluate(event(), null, name -> "Oslo"))
                .isEqualTo("Oslo");
        assertThat(Expression.compile("feature.busy && event.items > 2", EVENT, null, known)
                        .evaluate(event(), null, name -> 1.0))
                .isEqualTo(true);
        assertThat(Expression.compile("event.amount", EVENT, null, known).features())
                .isEmpty();
        assertThatThrownBy(() -> Expression.compile("feature.mean_3d > 1.0", EVENT, null, known))
                .hasMessageContaining("did you mean feature.mean_30d?");
        assertRefused("feature.mean_30d", "no feature can be used here");
    }

    @Test
    void shouldReachFieldsOfNestedRecords() throws Exception {
        assertThat(nested("event.merchant.country == 'NO'")).isEqualTo(true);
        assertThat(nested("event.merchant.country")).isEqualTo("NO");
        assertThat(nested("event.merchant.owner.country")).isNull();
        assertThat(nested("event.merchant.owner == null")).isEqualTo(true);
        assertThat(nested("event.merchant == null || event.merchant.owner.country == null"))
                .isEqualTo(true);
        assertThat(nested("event.kind")).isEqualTo("SHOP");
        assertThat(nested("event.tags.size()")).isEqualTo(2.0);
        assertThat(nested("'vip' in event.tags")).isEqualTo(true);
        assertThat(nested("event.tags[1]")).isEqualTo("vip");
        assertThat(nested("event.tags[7]")).isNull();
        assertThat(nested("event.counts.size()")).isEqualTo(1.0);
        assertThat(nested("event.counts['a'] + 1")).isEqualTo(4.0);
        assertThat(nested("event.counts['b']")).isNull();
        assertThat(nested("event.merchants.size()")).isEqualTo(1.0);
        assertThat(nested("event.`in` + 1")).isEqualTo(2.0);
    }

    @Test
    void shouldReadLogicalTimesPlainAndConverted() throws Exception {
        GenericRecord event = nestedEvent();
        Expression hour = Expression.compile("hour(event.updated, 'UTC')", NESTED, null);
        Expression day = Expression.compile("dayOfMonth(event.day, 'UTC')", NESTED, null);

        event.put("updated", Instant.parse("2001-01-01T02:30:00.000001Z"));
        assertThat(hour.evaluate(event, null)).isEqualTo(2.0);
        event.put("updated", 978_316_200_000_001L);
        assertThat(hour.evaluate(event, null)).isEqualTo(2.0);
        event.put("updated", Long.MIN_VALUE);
        assertThat(hour.evaluate(event, null)).isInstanceOf(Double.class);
        assertThat(day.evaluate(event, null)).isEqualTo(1.0);
        event.put("day", LocalDate.of(2001, 1, 31));
        assertThat(day.evaluate(event, null)).isEqualTo(31.0);
        event.put("day", "yesterday");
        assertThatThrownBy(() -> day.evaluate(event, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("event.day");
    }

    @Test
    void shouldSayWhichFieldCannotBeUsed() {
        assertRefusedNested("event.price > 1", "event.price", "bytes (decimal)", "cannot be used in expressions");
        assertRefusedNested("event.either", "event.either", "union of string, int", "cannot be used in expressions");
        assertRefusedNested("event.merchant.contry", "did you mean event.merchant.country?");
        assertRefusedNested("event.merchant", "yields Merchant");
        assertRefusedNested("event.kind.name", "event.kind is of type enum and has no field 'name'");
        assertRefusedNested("event.tags == null", "an array or map cannot be compared with null");
        assertRefusedNested("event.in", "`in`");
    }

    @Test
    void shouldSayWhereAndWhatToWriteInstead() {
        assertRefused("event.amount + event.items", "column 14", "double and int", "write double(event.items)");
        assertRefused("event.discount * 2", "double and int", "write 2.0");
        assertRefused("event.amount == 2", "write 2.0");
        assertRefused("event.items > 1 ? 1 : 2.5", "both outcomes", "write 1.0");
        assertRefused("event.items ? 1 : 2", "the condition before '?' must be true or false, not int");
        assertRefused("'nr ' + event.items", "write string(event.items)");
        assertRefused("math.round(event.items)", "write double(event.items)");
        assertRefused("distanceKm(59, 10.0, 60.0, 10.0)", "write 59.0");
        assertRefused("math.greatest(event.items, event.amount)", "put double(...) or string(...) around it");
        assertRefused("event.amount == null", "event.amount is never null");
        assertRefused("amount > 1.0", "column 1", "did you mean event.amount?");
        assertRefused("event.city.lowerCase()", "there is no function lowerCase()");
        assertRefused("event.city.lowerascii()", "did you mean lowerAscii()?");
        assertRefused("math.rund(event.amount)", "did you mean math.round()?");
        assertRefused("event.amount >", "ends too early");
        assertRefused("event.city == \"Oslo", "not closed");
        assertRefused("event.at", "hour(..., \"UTC\")");
        assertRefused("event.at - event.at", "getSeconds()");
        assertRefused("event", "write event.NAME");
        assertRefused("label.delay", "the label cannot be used here");
        assertRefused("has(event.discount)", "event.name != null");
        assertRefused("event.city\n  + 1", "line 2, column 3");
    }

    @Test
    void shouldRefuseWhatWouldCostTooMuch() {
        assertRefused("1 + ".repeat(2_000) + "1", "at most 4096");
        assertRefused("(".repeat(1_000) + "1" + ")".repeat(1_000), "nested too deeply");
        assertRefused("[".repeat(1_000) + "]".repeat(1_000), "nested too deeply");
        assertRefused("[" + "1,".repeat(2_040) + "1][0]", "limit");
        assertRefused("[1].exists(x, x > 0)", "do not loop");
        assertRefused("event.city.matches(event.city)", "a text in quotes");
        assertRefused("event.city.matches('(a{1000}){1000}')", "at most 250");
        assertRefused("event.city.matches('(')", "no regular expression");
        assertRefused("event.city.contains(event.city)", "a text in quotes");
        assertRefused("event.city.contains('" + "a".repeat(257) + "')", "at most 256");
        assertRefused("bytes(event.city) == b'a'", "bytes");
        assertRefused("event.city.split('').join(event.city)", "there is no function join()");
    }

    @Test
    void shouldStaySmallOverTheLongestTexts() throws Exception {
        GenericRecord event = event();
        event.put("city", "a".repeat(65_536));

        assertThat(Expression.compile("event.city", EVENT, null).evaluate(event, null))
                .isNotNull();
        assertThat(Expression.compile("event.city + 'b'", EVENT, null).evaluate(event, null))
                .isNull();
        assertThat(Expression.compile("event.city.replace('a', 'bb')", EVENT, null)
                        .evaluate(event, null))
                .isNull();
        assertThat(Expression.compile("event.city.replace('', 'bb')", EVENT, null)
                        .evaluate(event, null))
                .isNull();
        assertThat(Expression.compile("event.city.matches('^(a|aa)+$')", EVENT, null)
                        .evaluate(event, null))
                .isEqualTo(true);
        assertThat(Expression.compile("event.city.split('').size()", EVENT, null)
                        .evaluate(event, null))
                .isEqualTo(65_536.0);
        event.put("city", "a".repeat(65_537));
        assertThat(Expression.compile("event.city", EVENT, null).evaluate(event, null))
                .isNull();
        assertThat(Expression.compile("size(event.city)", EVENT, null).evaluate(event, null))
                .isNull();
    }

    private static void assertRefused(String source, String... parts) {
        assertThatThrownBy(() -> Expression.compile(source, EVENT, null))
                .isInstanceOf(InvalidExpressionException.class)
                .hasMessageContainingAll(parts);
    }

    private static void assertRefusedNested(String source, String... parts) {
        assertThatThrownBy(() -> Expression.compile(source, NESTED, null))
                .isInstanceOf(InvalidExpressionException.class)
                .hasMessageContainingAll(parts);
    }

    private static @Nullable Object at(String time, String source) throws InvalidExpressionException {
        GenericRecord event = event();
        event.put("at", Instant.parse(time).toEpochMilli());
        return Expression.compile(source, EVENT, null).evaluate(event, null);
    }

    private static @Nullable Object nested(String source) throws InvalidExpressionException {
        return Expression.compile(source, NESTED, null).evaluate(nestedEvent(), null);
    }

    private static GenericRecord nestedEvent() {
        Schema merchantSchema = NESTED.getField("merchant").schema().getTypes().get(1);
        GenericRecord merchant = new GenericData.Record(merchantSchema);
        merchant.put("country", "NO");
        GenericRecord event = new GenericData.Record(NESTED);
        event.put("merchant", merchant);
        event.put("merchants", List.of(merchant));
        event.put("kind", new GenericData.EnumSymbol(NESTED.getField("kind").schema(), "SHOP"));
        event.put("tags", List.of("new", new Utf8("vip")));
        event.put("counts", Map.of(new Utf8("a"), 3L));
        event.put("day", 11_323);
        event.put("in", 1);
        return event;
    }

    private static @Nullable Object number(String source) throws InvalidExpressionException {
        return Expression.compile(source, EVENT, null).evaluate(event(), null);
    }

    private static GenericRecord event() {
        GenericRecord event = new GenericData.Record(EVENT);
        event.put("city", "Oslo");
        event.put("amount", 12.5);
        event.put("items", 3);
        event.put("at", Instant.parse("2001-01-01T02:30:00Z").toEpochMilli());
        return event;
    }
}
