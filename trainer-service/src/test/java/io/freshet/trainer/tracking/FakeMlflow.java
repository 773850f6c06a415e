package io.freshet.trainer.tracking;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.freshet.runtime.MlflowSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** A server that keeps what it is told as MLflow does, and misbehaves as it is asked to. */
final class FakeMlflow implements AutoCloseable {
    /** What a server may do instead of answering. */
    interface Mischief {
        /** Empty to let the call through. */
        Optional<Reply> instead(String method, String path) throws InterruptedException;
    }

    record Reply(int status, String body) {}

    private static final String API = "/api/2.0/mlflow/";
    private static final ObjectMapper JSON = new ObjectMapper();

    final Map<String, String> experiments = new ConcurrentHashMap<>();
    final List<ObjectNode> runs = new CopyOnWriteArrayList<>();
    final List<ObjectNode> versions = new CopyOnWriteArrayList<>();
    final Map<String, String> aliases = new ConcurrentHashMap<>();
    final Map<String, byte[]> files = new ConcurrentHashMap<>();
    final List<String> calls = new CopyOnWriteArrayList<>();
    final List<String> authorizations = new CopyOnWriteArrayList<>();
    private final HttpServer server;
    volatile Mischief mischief = (method, path) -> Optional.empty();
    volatile boolean doesItNonetheless;
    volatile String artifactRoot = "mlflow-artifacts:/";

    FakeMlflow() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    MlflowSettings settings() {
        return new MlflowSettings(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()), new MlflowSettings.Open());
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().getPath();
            calls.add(exchange.getRequestMethod() + " " + path);
            authorizations.addAll(exchange.getRequestHeaders().getOrDefault("Authorization", List.of()));
            Optional<Reply> instead = mischief.instead(exchange.getRequestMethod(), path);
            Reply reply = instead.isEmpty() || doesItNonetheless ? answer(exchange, body) : instead.get();
            reply = instead.orElse(reply);
            byte[] bytes = reply.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(reply.status(), bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized Reply answer(HttpExchange exchange, byte[] body) {
        String path = exchange.getRequestURI().getPath();
        if (path.startsWith("/api/2.0/mlflow-artifacts/artifacts/")) {
            files.put(path.substring("/api/2.0/mlflow-artifacts/artifacts/".length()), body);
            return new Reply(200, "");
        }
        try {
            JsonNode request = body.length == 0 ? JSON.createObjectNode() : JSON.readTree(body);
            return path.equals(API + "registered-models/alias")
                            && !exchange.getRequestMethod().equals("POST")
                    ? alias(exchange, request)
                    : answer(path.substring(API.length()), request, exchange.getRequestURI());
        } catch (IOException e) {
            return new Reply(500, e.toString());
        }
    }

    private Reply alias(HttpExchange exchange, JsonNode request) {
        if (exchange.getRequestMethod().equals("DELETE")) {
            aliases.remove(request.path("alias").asText());
            return new Reply(200, "{}");
        }
        String version = aliases.get(parameter(exchange.getRequestURI(), "alias"));
        return version == null
                ? error(400, "INVALID_PARAMETER_VALUE")
                : new Reply(200, "{\"model_version\": {\"version\": \"" + version + "\"}}");
    }

    private Reply answer(String method, JsonNode request, URI uri) {
        ObjectNode answer = JSON.createObjectNode();
        switch (method) {
            case "experiments/get-by-name" -> {
                String id = experiments.get(parameter(uri, "experiment_name"));
                if (id == null) {
                    return error(404, "RESOURCE_DOES_NOT_EXIST");
                }
                answer.putObject("experiment").put("experiment_id", id);
            }
            case "experiments/create" -> {
                String id = Integer.toString(experiments.size() + 1);
                if (experiments.putIfAbsent(request.path("name").asText(), id) != null) {
                    return error(400, "RESOURCE_ALREADY_EXISTS");
                }
                answer.put("experiment_id", id);
            }
            case "runs/search" -> {
                String value = request.path("filter").asText().split("'")[1];
                ArrayNode found = answer.putArray("runs");
                runs.stream().filter(run -> tagged(run, value)).forEach(found::add);
            }
            case "runs/create" -> {
                ObjectNode run = JSON.createObjectNode();
                String id = "m" + runs.size();
                run.putObject("info")
                        .put("run_id", id)
                        .put(
                                "artifact_uri",
                                artifactRoot + request.path("experiment_id").asText() + "/" + id);
                run.set("tags", request.path("tags"));
                runs.add(run);
                answer.set("run", run);
            }
            case "runs/log-batch", "runs/update" ->
                run(request).ifPresent(run -> run.withArray("sent").add(request));
            case "registered-models/create" -> {
                if (aliases.putIfAbsent(request.path("name").asText(), "") != null) {
                    return error(400, "RESOURCE_ALREADY_EXISTS");
                }
            }
            case "model-versions/search" -> {
                String value = parameter(uri, "filter").split("'")[3];
                ArrayNode found = answer.putArray("model_versions");
                versions.stream().filter(version -> tagged(version, value)).forEach(found::add);
            }
            case "model-versions/create" -> {
                ObjectNode version = request.deepCopy();
                version.put("version", Integer.toString(versions.size() + 1));
                versions.add(version);
                answer.set("model_version", version);
            }
            case "model-versions/set-tag" ->
                versions.get(request.path("version").asInt() - 1)
                        .withArray("tags")
                        .add(request);
            case "registered-models/alias" ->
                aliases.put(
                        request.path("alias").asText(), request.path("version").asText());
            default -> {
                return new Reply(404, "<html>");
            }
        }
        return new Reply(200, answer.toString());
    }

    private Optional<ObjectNode> run(JsonNode request) {
        return runs.stream()
                .filter(run -> run.at("/info/run_id").equals(request.path("run_id")))
                .findFirst();
    }

    private static boolean tagged(JsonNode node, String value) {
        return node.path("tags")
                .valueStream()
                .anyMatch(tag -> tag.path("value").asText().equals(value));
    }

    static Reply error(int status, String code) {
        return new Reply(status, "{\"error_code\": \"" + code + "\", \"message\": \"no\"}");
    }

    private static String parameter(URI uri, String name) {
        for (String pair : uri.getRawQuery().split("&")) {
            if (pair.startsWith(name + "=")) {
                return URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
            }
        }
        return "";
    }
}
