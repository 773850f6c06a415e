package io.freshet.schemas.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.schemas.pipeline.Expression.InvalidExpressionException;
import io.freshet.schemas.pipeline.Expression.Kind;
import java.time.Instant;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
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

    private static Object number(String source) throws InvalidExpressionException {
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
