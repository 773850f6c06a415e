package io.freshet.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.freshet.schemas.check.RejectReason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One record as it was sent.
 *
 * @param bytes the record's JSON, exactly as received
 * @param json what it says; null when it is refused
 * @param refused why it cannot be read; null when it can
 */
record Submission(byte[] bytes, @Nullable JsonNode json, Verdict.@Nullable Rejected refused) {
    /** The most records of one request. */
    static final int MOST = 10_000;

    /** The largest record, in bytes of JSON. */
    static final int LARGEST = 1024 * 1024;

    private static final JsonFactory SCANNER = new JsonFactory();
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** More records than one request may hold. */
    static final class TooManyException extends Exception {
        private static final long serialVersionUID = 1L;

        TooManyException() {
            super("a request takes at most " + MOST + " records");
        }
    }

    /** The records of a body of lines; empty lines count for nothing. */
    static List<Submission> lines(byte[] body) throws TooManyException {
        List<Submission> submissions = new ArrayList<>();
        int start = 0;
        for (int i = 0; i <= body.length; i++) {
            if (i == body.length || body[i] == '\n') {
                byte[] line = Arrays.copyOfRange(body, start, i);
                start = i + 1;
                if (!blank(line)) {
                    add(submissions, line);
                }
            }
        }
        return submissions;
    }

    /** The records of a JSON body: one object, or an array of them. A body that is no JSON is one record. */
    static List<Submission> document(byte[] body) throws TooManyException {
        List<Submission> submissions = new ArrayList<>();
        try (JsonParser parser = SCANNER.createParser(body)) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                return List.of(of(body));
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                int start = at(parser.currentTokenLocation());
                parser.skipChildren();
                parser.finishToken();
                add(submissions, Arrays.copyOfRange(body, start, at(parser.currentLocation())));
            }
            if (parser.nextToken() != null) {
                return List.of(undecodable(body, "something follows the array"));
            }
            return submissions;
        } catch (JsonProcessingException e) {
            return List.of(undecodable(body, e.getOriginalMessage()));
        } catch (IOException e) {
            return List.of(undecodable(body, String.valueOf(e.getMessage())));
        }
    }

    private static int at(JsonLocation location) throws IOException {
        if (location.getByteOffset() < 0) {
            throw new IOException("an array must be in UTF-8");
        }
        return (int) location.getByteOffset();
    }

    private static void add(List<Submission> submissions, byte[] bytes) throws TooManyException {
        if (submissions.size() == MOST) {
            throw new TooManyException();
        }
        submissions.add(of(bytes));
    }

    private static Submission of(byte[] bytes) {
        if (bytes.length > LARGEST) {
            return new Submission(
                    bytes,
                    null,
                    new Verdict.Rejected(
                            RejectReason.TOO_LARGE,
                            null,
                            "has " + bytes.length + " bytes of JSON, at most " + LARGEST + " are taken"));
        }
        try {
            JsonNode json = JSON.readTree(bytes);
            return json == null || json.isMissingNode()
                    ? undecodable(bytes, "it is empty")
                    : new Submission(bytes, json, null);
        } catch (JsonProcessingException e) {
            return undecodable(bytes, e.getOriginalMessage());
        } catch (IOException e) {
            return undecodable(bytes, String.valueOf(e.getMessage()));
        }
    }

    private static Submission undecodable(byte[] bytes, String problem) {
        return new Submission(
                bytes, null, new Verdict.Rejected(RejectReason.UNDECODABLE, null, "it is no JSON: " + problem));
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
