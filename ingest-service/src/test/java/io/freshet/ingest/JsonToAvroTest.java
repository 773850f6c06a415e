package io.freshet.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;

class JsonToAvroTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Schema SCHEMA = new Schema.Parser().parse("""
            {"type": "record", "name": "Payment", "fields": [
              {"name": "id", "type": "string"},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "amount", "type": "double"},
              {"name": "count", "type": "int", "default": 1},
              {"name": "note", "type": ["null", "string"], "default": null},
              {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}, "default": "A"},
              {"name": "tags", "type": {"type": "array", "items": "string"}, "default": []}]}""");

    @Test
    void shouldReadTimesDefaultsAndUnions() throws Exception {
        GenericRecord record =
                read("{\"id\": \"1\", \"at\": \"2001-01-31T12:00:00+01:00\", \"amount\": 3, \"note\": \"n\"}");

        assertThat(record.get("at")).isEqualTo(980_938_800_000L);
        assertThat(record.get("amount")).isEqualTo(3.0);
        assertThat(record.get("count")).isEqualTo(1);
        assertThat(record.get("note")).isEqualTo("n");
        assertThat(record.get("kind")).hasToString("A");
        assertThat(read("{\"id\": \"1\", \"at\": 5, \"amount\": 1}").get("at")).isEqualTo(5L);
    }

    @Test
    void shouldNameReasonAndFieldOfAMistake() {
        assertMistake("[]", "FIELD_TYPE", "");
        assertMistake("{\"at\": 1, \"amount\": 1}", "FIELD_MISSING", "id");
        assertMistake("{\"id\": 7, \"at\": 1, \"amount\": 1}", "FIELD_TYPE", "id");
        assertMistake("{\"id\": \"1\", \"at\": \"noon\", \"amount\": 1}", "FIELD_TYPE", "at");
        assertMistake("{\"id\": \"1\", \"at\": 1, \"amount\": \"much\"}", "FIELD_TYPE", "amount");
        assertMistake("{\"id\": \"1\", \"at\": 1, \"amount\": 1e999}", "FIELD_TYPE", "amount");
        assertMistake("{\"id\": \"1\", \"at\": 1, \"amount\": 1, \"count\": 3000000000}", "FIELD_TYPE", "count");
        assertMistake("{\"id\": \"1\", \"at\": 1, \"amount\": 1, \"kind\": \"C\"}", "FIELD_TYPE", "kind");
        assertMistake("{\"id\": \"1\", \"at\": 1, \"amount\": 1, \"tags\": [\"a\", 1]}", "FIELD_TYPE", "tags[1]");
        assertMistake("{\"id\": \"1\", \"at\": 1, \"amuont\": 1}", "FIELD_UNKNOWN", "amuont");
    }

    @Test
    void shouldTellLinesFromDocuments() throws Exception {
        assertThat(Submission.lines(bytes("{\"a\": 1}\n\n{broken\r\n"))).hasSize(2);
        assertThat(Submission.lines(bytes("{\"a\": 1}\n{broken")).get(1).json()).isNull();
        assertThat(Submission.lines(bytes("{\"a\": 1, \"a\": 2}")).getFirst().json())
                .isNull();
        assertThat(Submission.document(bytes("[{\"a\": 1}, {\"a\": 2}]"))).hasSize(2);
        assertThat(Submission.document(bytes("{\"a\": 1} trailing")).getFirst().json())
                .isNull();
    }

    private static void assertMistake(String json, String reason, String path) {
        JsonToAvro.MismatchException mistake =
                catchThrowableOfType(JsonToAvro.MismatchException.class, () -> read(json));
        assertThat(mistake).as(json).isNotNull();
        assertThat(List.of(mistake.reason().name(), mistake.path())).as(json).containsExactly(reason, path);
    }

    private static GenericRecord read(String json) throws JsonToAvro.MismatchException {
        try {
            return JsonToAvro.record(SCHEMA, JSON.readTree(json));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(json, e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
