package io.freshet.schemas.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schemas.check.RecordCheck.Passed;
import io.freshet.schemas.check.RecordCheck.Refused;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecordCheckTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String EVENT = """
            {"type": "record", "name": "Order", "fields": [
              {"name": "id", "type": "string"}, {"name": "shop", "type": "string"},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "amount", "type": ["null", "double"], "default": null},
              {"name": "weight", "type": "float"}, {"name": "note", "type": "string"}]}""";
    private static final String LABEL = """
            {"type": "record", "name": "Outcome", "fields": [
              {"name": "id", "type": "string"},
              {"name": "known", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "minutes", "type": "int"}]}""";
    private static final Pipeline PIPELINE = parse("""
            pipeline: orders
            event: { schema: e, id: id, key: shop, time: at, rules: { paid: event.amount > 0.0 } }
            label:
              schema: l
              event: id
              value: label.minutes > 15
              time: known
              wait: 2h
              rules: { plausible: label.minutes < 1000 }
            features: { amount: { value: event.amount } }
            """);

    @Test
    void shouldPassWithIdAndTime() {
        assertThat(check(event())).isEqualTo(new Passed("o1", NOW));
    }

    @Test
    void shouldRefuseAnIdThatIsBlankOrTooLong() {
        assertThat(refused(with("id", " "))).isEqualTo(RejectReason.FIELD_MISSING);
        assertThat(refused(with("shop", ""))).isEqualTo(RejectReason.FIELD_MISSING);
        assertThat(refused(with("id", "x".repeat(RecordCheck.LONGEST_KEY + 1)))).isEqualTo(RejectReason.TOO_LONG);
        assertThat(check(with("id", "x".repeat(RecordCheck.LONGEST_KEY)))).isInstanceOf(Passed.class);
    }

    @Test
    void shouldRefuseTimesOfAnotherUnitOrAhead() {
        assertThat(refused(with("at", 0L))).isEqualTo(RejectReason.TIME_OUT_OF_RANGE);
        assertThat(refused(with("at", NOW.getEpochSecond()))).isEqualTo(RejectReason.TIME_OUT_OF_RANGE);
        assertThat(refused(with("at", NOW.toEpochMilli() * 1000))).isEqualTo(RejectReason.TIME_OUT_OF_RANGE);
        assertThat(refused(with("at", Long.MAX_VALUE))).isEqualTo(RejectReason.TIME_OUT_OF_RANGE);
        assertThat(refused(with("at", Long.MIN_VALUE))).isEqualTo(RejectReason.TIME_OUT_OF_RANGE);
        assertThat(check(with("at", NOW.plus(Duration.ofDays(1)).toEpochMilli())))
                .isInstanceOf(Passed.class);
    }

    @Test
    void shouldRefuseNumbersThatAreNone() {
        assertThat(refused(with("amount", Double.NaN))).isEqualTo(RejectReason.NOT_FINITE);
        assertThat(refused(with("weight", Float.NEGATIVE_INFINITY))).isEqualTo(RejectReason.NOT_FINITE);
    }

    @Test
    void shouldRefuseLongTextsWithoutRepeatingThem() {
        String text = "secret".repeat(20_000);

        Refused refused = (Refused) check(with("note", text));

        assertThat(refused.reason()).isEqualTo(RejectReason.TOO_LONG);
        assertThat(refused.field()).isEqualTo("note");
        assertThat(refused.detail()).doesNotContain("secret");
    }

    @Test
    void shouldNameTheRuleThatIsBreached() {
        Refused breached = (Refused) check(with("amount", -1.0));
        Refused without = (Refused) check(with("amount", null));

        assertThat(breached.reason()).isEqualTo(RejectReason.RULE_BREACHED);
        assertThat(breached.field()).isEqualTo("paid");
        assertThat(breached.detail()).doesNotContain("-1");
        assertThat(without.reason()).isEqualTo(RejectReason.RULE_BREACHED);
    }

    @Test
    void shouldJudgeALabelByItself() {
        GenericRecord label = new GenericData.Record(PIPELINE.label().schema());
        label.put("id", "o1");
        label.put("known", NOW.toEpochMilli());
        label.put("minutes", 20);
        RecordCheck labels = RecordCheck.of(PIPELINE, RecordKind.LABEL);

        assertThat(labels.check(label, NOW)).isEqualTo(new Passed("o1", NOW));
        label.put("minutes", 1_000);
        assertThat(labels.check(label, NOW))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.field()).isEqualTo("plausible"));
    }

    private static RecordCheck.Outcome check(GenericRecord event) {
        return RecordCheck.of(PIPELINE, RecordKind.EVENT).check(event, NOW);
    }

    private static RejectReason refused(GenericRecord event) {
        return ((Refused) check(event)).reason();
    }

    private static GenericRecord with(String field, @Nullable Object value) {
        GenericRecord event = event();
        event.put(field, value);
        return event;
    }

    private static GenericRecord event() {
        GenericRecord event = new GenericData.Record(PIPELINE.event().schema());
        event.put("id", "o1");
        event.put("shop", "s");
        event.put("at", NOW.toEpochMilli());
        event.put("amount", 2.5);
        event.put("weight", 1f);
        event.put("note", "");
        return event;
    }

    private static Pipeline parse(String yaml) {
        try {
            return PipelineFile.parse("orders", yaml, name -> Optional.of(name.equals("e") ? EVENT : LABEL));
        } catch (InvalidPipelineException e) {
            throw new IllegalStateException(e);
        }
    }
}
