package io.freshet.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** JSON for programs and for terminals: indented, in ASCII. */
public final class JsonText {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final ObjectWriter WRITER =
            JSON.writerWithDefaultPrettyPrinter().with(JsonWriteFeature.ESCAPE_NON_ASCII);

    private JsonText() {}

    /** An empty object. */
    public static ObjectNode object() {
        return JSON.createObjectNode();
    }

    /** The document, with a line's end behind it. */
    public static String of(ObjectNode root) {
        try {
            return WRITER.writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree can always be written", e);
        }
    }
}
