package io.freshet.quickstart.send;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.page.PlainText;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.schemas.message.RecordKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends batches to one pipeline of an ingest-service and repeats each until it is answered. A repeated batch may be on the
 * log twice, since an answer that got lost says nothing about what was published; events are told apart by their ids
 * downstream. Not thread-safe.
 */
public final class IngestClient implements AutoCloseable {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(60);
    /** A pipeline that was just declared takes a moment to be known. */
    private static final Duration UNKNOWN_FOR = Duration.ofSeconds(10);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SHOWN = 200;

    /**
     * What ingest-service answered to one batch.
     *
     * @param received records in the batch
     * @param rejects those that were not accepted
     * @param repeats how many times the batch was sent again, 0 for a first answer
     * @param open how many of the tries before may have put the batch on the log all the same: nobody answered, or not
     *     whether it was taken
     */
    public record Answer(int received, List<Reject> rejects, int repeats, int open) {
        public Answer {
            rejects = List.copyOf(rejects);
        }

        /** How many are on the log. */
        public int accepted() {
            return received - rejects.size();
        }
    }

    /**
     * One record that was not accepted.
     *
     * @param index its place in the batch, from 0
     * @param reason the stable reason code
     * @param field the field or rule at fault; null when the record as a whole is
     * @param detail one sentence
     */
    public record Reject(int index, String reason, @Nullable String field, String detail) {}

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final String pipeline;
    private final URI events;
    private final URI labels;
    private final Duration patience;
    private final WallClock clock;

    /**
     * @param ingest the service's base URL
     * @param pipeline the pipeline's name
     * @param patience how long one batch is repeated before giving up
     * @throws IllegalArgumentException when that makes no http or https URL
     */
    public IngestClient(URI ingest, String pipeline, Duration patience, WallClock clock) {
        String base = ingest.toString().replaceAll("/+$", "") + "/v1/pipelines/"
                + URLEncoder.encode(pipeline, StandardCharsets.UTF_8).replace("+", "%20");
        if (!("http".equals(ingest.getScheme()) || "https".equals(ingest.getScheme())) || ingest.getHost() == null) {
            throw new IllegalArgumentException("'" + ingest + "' must be a URL such as http://localhost:8080");
        }
        this.pipeline = pipeline;
        this.events = URI.create(base + "/events");
        this.labels = URI.create(base + "/labels");
        this.patience = patience;
        this.clock = clock;
    }

    /**
     * Sends one batch, and again after a pause while the service is overloaded, stopping or out of reach.
     *
     * @param stopped asked before each repetition
     * @return empty when it was stopped while the batch had no answer
     * @throws PlatformException when patience ends, the pipeline is unknown, or the answer makes no sense
     */
    public Optional<Answer> send(RecordKind kind, List<? extends Outgoing> batch, BooleanSupplier stopped)
            throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(kind == RecordKind.EVENT ? events : labels)
                .header("Content-Type", "application/x-ndjson")
                .timeout(ANSWER_WITHIN)
                .POST(HttpRequest.BodyPublishers.ofByteArray(lines(batch)))
                .build();
        long began = clock.nanoTime();
        long unknownSince = began;
        boolean unknown = false;
        Duration pause = FIRST_PAUSE;
        int open = 0;
        for (int repeats = 0; ; repeats++) {
            String trouble;
            boolean unknownBefore = unknown;
            unknown = false;
            try {
                HttpResponse<String> response =
                        http.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
                switch (response.statusCode()) {
                    case 200 -> {
                        return Optional.of(answer(response.body(), batch.size(), repeats, open));
                    }
                    case 404 -> {
                        trouble = "no pipeline '" + pipeline + "' is declared there";
                        unknown = true;
                        unknownSince = unknownBefore ? unknownSince : clock.nanoTime();
                    }
                    case 429 -> trouble = describe(response);
                    case 500, 502, 503, 504 -> {
                        trouble = describe(response);
                        open++;
                    }
                    default -> throw new PlatformException(request.uri() + ": " + describe(response));
                }
            } catch (ConnectException e) {
                trouble = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            } catch (IOException e) {
                open++;
                trouble = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            }
            Duration allowed = unknown ? UNKNOWN_FOR : patience;
            if (clock.nanoTime() - (unknown ? unknownSince : began) > allowed.toNanos()) {
                throw new PlatformException(
                        request.uri() + ": no answer within " + allowed.toSeconds() + " s: " + trouble);
            }
            if (stopped.getAsBoolean()) {
                return Optional.empty();
            }
            clock.pause(pause);
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
        }
    }

    private static byte[] lines(List<? extends Outgoing> batch) {
        ByteArrayOutputStream body = new ByteArrayOutputStream(batch.size() * 160);
        for (Outgoing record : batch) {
            body.writeBytes(record.json());
            body.write('\n');
        }
        return body.toByteArray();
    }

    private Answer answer(String body, int sent, int repeats, int open) {
        JsonNode json;
        try {
            json = JSON.readTree(body);
        } catch (IOException e) {
            throw new PlatformException("the answer is no JSON: " + shorten(body), e);
        }
        List<Reject> rejects = new ArrayList<>();
        for (JsonNode verdict : json.path("verdicts")) {
            int index = verdict.path("index").asInt(-1);
            if (index < 0 || index >= sent) {
                throw new PlatformException("the answer has a verdict on no record: " + shorten(body));
            }
            JsonNode field = verdict.path("field");
            rejects.add(new Reject(
                    index,
                    verdict.path("reason").asText("UNKNOWN"),
                    field.isTextual() ? field.textValue() : null,
                    verdict.path("detail").asText("")));
        }
        // What was sent and what was judged have to agree, or counts would be worth nothing.
        if (json.path("received").asInt(-1) != sent || json.path("rejected").asInt(-1) != rejects.size()) {
            throw new PlatformException(
                    "the answer does not account for the " + sent + " records that were sent: " + shorten(body));
        }
        return new Answer(sent, rejects, repeats, open);
    }

    private static String describe(HttpResponse<String> response) {
        return "HTTP " + response.statusCode() + " " + shorten(response.body());
    }

    private static String shorten(String text) {
        return PlainText.of(text, SHOWN);
    }

    @Override
    public void close() {
        http.close();
    }
}
