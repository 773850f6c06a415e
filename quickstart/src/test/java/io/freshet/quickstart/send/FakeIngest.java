package io.freshet.quickstart.send;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.freshet.schemas.message.RecordKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Answers as ingest-service does, over real HTTP, and fails when it is told to. */
public final class FakeIngest implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What becomes of a request. */
    public enum Fate {
        ANSWERED,
        /** 503 before anything is published. */
        UNAVAILABLE,
        /** 404: the pipeline is not known, or not yet. */
        UNKNOWN,
        /** 429 before anything is published. */
        BUSY,
        /** Published, but the connection goes before the answer. */
        ANSWER_LOST
    }

    /** A batch that was published. */
    public record Batch(RecordKind kind, List<String> lines) {}

    private final HttpServer server;
    private final IntFunction<Fate> fates;
    private final List<Batch> published = new ArrayList<>();
    private int requests;

    private FakeIngest(IntFunction<Fate> fates) throws IOException {
        this.fates = fates;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/pipelines/flights/", this::handle);
        server.start();
    }

    /** Starts one; {@code fates} gives what becomes of each request, from 0. */
    public static FakeIngest start(IntFunction<Fate> fates) throws IOException {
        return new FakeIngest(fates);
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    }

    public synchronized List<Batch> published() {
        return List.copyOf(published);
    }

    /** Every published line, batch after batch. */
    public List<String> lines() {
        return published().stream().flatMap(batch -> batch.lines().stream()).toList();
    }

    public synchronized int requests() {
        return requests;
    }

    private synchronized void handle(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Fate fate = fates.apply(requests++);
        switch (fate) {
            case UNAVAILABLE -> respond(exchange, 503, "{\"error\":\"not yet\"}");
            case UNKNOWN -> respond(exchange, 404, "{\"error\":\"which?\"}");
            case BUSY -> respond(exchange, 429, "{\"error\":\"too many\"}");
            case ANSWER_LOST -> {
                publish(exchange, body);
                exchange.close();
            }
            case ANSWERED -> {
                publish(exchange, body);
                respond(exchange, 200, judge(body));
            }
        }
    }

    private void publish(HttpExchange exchange, String body) {
        boolean events = exchange.getRequestURI().getPath().endsWith("/events");
        published.add(new Batch(
                events ? RecordKind.EVENT : RecordKind.LABEL, body.lines().toList()));
    }

    private static String judge(String body) {
        List<String> lines = body.lines().toList();
        ArrayNode verdicts = JSON.createArrayNode();
        for (int i = 0; i < lines.size(); i++) {
            String reason = reason(lines.get(i));
            if (!reason.isEmpty()) {
                verdicts.addObject()
                        .put("index", i)
                        .put("verdict", "REJECTED")
                        .put("reason", reason)
                        .putNull("field")
                        .put("detail", "because \u001b[2J");
            }
        }
        ObjectNode answer = JSON.createObjectNode()
                .put("received", lines.size())
                .put("accepted", lines.size() - verdicts.size())
                .put("rejected", verdicts.size());
        answer.set("verdicts", verdicts);
        return answer.toString();
    }

    private static String reason(String line) {
        try {
            JsonNode json = JSON.readTree(line);
            if (!json.path("flightId").isTextual()) {
                return "FIELD_MISSING";
            }
            JsonNode distance = json.path("distance");
            if (!distance.isMissingNode() && !distance.isInt()) {
                return "FIELD_TYPE";
            }
            return distance.asInt(1) <= 0 ? "RULE_BREACHED" : "";
        } catch (IOException e) {
            return "UNDECODABLE";
        }
    }

    private static void respond(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
