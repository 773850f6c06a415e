package io.freshet.ingest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One record as it was sent.
 *
 * @param bytes the record's JSON, UTF-8
 * @param json what it says, null when it is no JSON
 * @param problem why it is no JSON, empty otherwise
 */
record Submission(byte[] bytes, @Nullable JsonNode json, String problem) {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** The records of a body of lines; empty lines count for nothing. */
    static List<Submission> lines(byte[] body) {
        List<Submission> submissions = new ArrayList<>();
        int start = 0;
        for (int i = 0; i <= body.length; i++) {
            if (i == body.length || body[i] == '\n') {
                byte[] line = Arrays.copyOfRange(body, start, i);
                start = i + 1;
                if (!blank(line)) {
                    submissions.add(of(line));
                }
            }
        }
        return submissions;
    }

    /** The records of a JSON body: one object, or an array of them. */
    static List<Submission> document(byte[] body) {
        Submission whole = of(body);
        JsonNode json = whole.json();
        if (json == null || !json.isArray()) {
            return List.of(whole);
        }
        List<Submission> submissions = new ArrayList<>(json.size());
        for (JsonNode item : json) {
            submissions.add(new Submission(item.toString().getBytes(StandardCharsets.UTF_8), item, ""));
        }
        return submissions;
    }

    private static Submission of(byte[] bytes) {
        try {
            JsonNode json = JSON.readTree(bytes);
            return json == null || json.isMissingNode()
                    ? new Submission(bytes, null, "it is empty")
                    : new Submission(bytes, json, "");
        } catch (JsonProcessingException e) {
            return new Submission(bytes, null, e.getOriginalMessage());
        } catch (java.io.IOException e) {
            return new Submission(bytes, null, String.valueOf(e.getMessage()));
        }
    }

    private static boolean blank(byte[] line) {
        for (byte b : line) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }
}
