package io.freshet.trainer.tracking;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.runtime.MlflowSettings;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What we ask of an MLflow server. Each call ends in time; none is tried again here. */
public final class Mlflow implements AutoCloseable {
    private static final String API = "/api/2.0/mlflow/";
    private static final String PROXIED_ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts/";
    private static final String PROXIED_SCHEME = "mlflow-artifacts";

    /** Of one call of {@code runs/log-batch}, as MLflow documents them. */
    private static final int MOST_PARAMS = 100;

    private static final int MOST_TAGS = 100;
    private static final int MOST_METRICS = 800;

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final int LARGEST_ANSWER = 16 * 1024 * 1024;
    private static final int SHOWN = 300;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final MlflowSettings settings;
    private final Duration callWithin;
    private final Duration uploadWithin;
    private final HttpClient http;

    /**
     * @param callWithin how long a call may take
     * @param uploadWithin how long sending a file may take
     */
    public Mlflow(MlflowSettings settings, Duration callWithin, Duration uploadWithin) {
        this.settings = settings;
        this.callWithin = callWithin;
        this.uploadWithin = uploadWithin;
        // Redirects are not followed: what we are let in with is for this server alone.
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /**
     * A run.
     *
     * @param artifacts where its files are, a URI of MLflow's
     */
    record Run(String id, String artifacts) {}

    /** The id of an experiment, which is made if it is not there. */
    String experiment(String name) throws MlflowException, InterruptedException {
        Optional<String> known = experimentId(name);
        if (known.isPresent()) {
            return known.get();
        }
        Answer made = post("experiments/create", object().put("name", name));
        if (made.is("RESOURCE_ALREADY_EXISTS")) {
            return experimentId(name)
                    .orElseThrow(() -> new MlflowException.Unavailable("no-experiment", name + " comes and goes"));
        }
        return made.orThrow().path("experiment_id").asText();
    }

    private Optional<String> experimentId(String name) throws MlflowException, InterruptedException {
        Answer found = get("experiments/get-by-name", Map.of("experiment_name", name));
        return found.is("RESOURCE_DOES_NOT_EXIST")
                ? Optional.empty()
                : Optional.of(
                        found.orThrow().path("experiment").path("experiment_id").asText());
    }

    /** The oldest run with a tag; neither name nor value holds a quote. */
    Optional<Run> run(String experiment, String tag, String value) throws MlflowException, InterruptedException {
        ObjectNode search = object();
        search.putArray("experiment_ids").add(experiment);
        search.put("filter", "tags.`" + tag + "` = '" + value + "'").put("max_results", 1);
        search.putArray("order_by").add("attributes.start_time ASC");
        JsonNode found = post("runs/search", search).orThrow().path("runs").path(0);
        return found.isMissingNode() ? Optional.empty() : Optional.of(run(found));
    }

    Run startRun(String experiment, String name, long startMillis, Map<String, String> tags)
            throws MlflowException, InterruptedException {
        ObjectNode run = object();
        run.put("experiment_id", experiment).put("run_name", name).put("start_time", startMillis);
        pairs(run.putArray("tags"), tags);
        return run(post("runs/create", run).orThrow().path("run"));
    }

    private static Run run(JsonNode run) {
        JsonNode info = run.path("info");
        return new Run(info.path("run_id").asText(), info.path("artifact_uri").asText());
    }

    void endRun(Run run, String name, boolean failed, long endMillis) throws MlflowException, InterruptedException {
        post(
                        "runs/update",
                        object().put("run_id", run.id())
                                .put("run_name", name)
                                .put("status", failed ? "FAILED" : "FINISHED")
                                .put("end_time", endMillis))
                .orThrow();
    }

    /** Writes parameters, metrics and tags to a run; the same ones again change nothing. */
    void log(Run run, RunAccount account) throws MlflowException, InterruptedException {
        Iterator<Map.Entry<String, String>> params = account.params().entrySet().iterator();
        Iterator<Map.Entry<String, String>> tags = account.tags().entrySet().iterator();
        Iterator<RunAccount.Measured> metrics = account.metrics().iterator();
        while (params.hasNext() || tags.hasNext() || metrics.hasNext()) {
            ObjectNode batch = object().put("run_id", run.id());
            ArrayNode some = batch.putArray("params");
            for (int i = 0; i < MOST_PARAMS && params.hasNext(); i++) {
                pair(some, params.next());
            }
            some = batch.putArray("tags");
            for (int i = 0; i < MOST_TAGS && tags.hasNext(); i++) {
                pair(some, tags.next());
            }
            some = batch.putArray("metrics");
            for (int i = 0; i < MOST_METRICS && metrics.hasNext(); i++) {
                RunAccount.Measured metric = metrics.next();
                some.addObject()
                        .put("key", metric.name())
                        .put("value", metric.value())
                        .put("timestamp", account.at())
                        .put("step", metric.step());
            }
            post("runs/log-batch", batch).orThrow();
        }
    }

    /**
     * Sends a file to a run's artifacts, in place of one of the same name.
     *
     * @param path its place among them, parts separated by slashes
     */
    void upload(Run run, String path, byte[] content) throws MlflowException, InterruptedException {
        URI root = URI.create(run.artifacts());
        if (!PROXIED_SCHEME.equals(root.getScheme())) {
            throw new MlflowException.Refused(
                    "artifacts-not-proxied",
                    "the server keeps artifacts at " + root.getScheme()
                            + ":, which clients are to write themselves: start it with --serve-artifacts");
        }
        String place = Stream.of((root.getPath() + "/" + path).split("/"))
                .filter(part -> !part.isEmpty())
                .map(Mlflow::encoded)
                .collect(Collectors.joining("/"));
        send(
                        request(PROXIED_ARTIFACTS + place, uploadWithin)
                                .header("Content-Type", "application/octet-stream")
                                .PUT(BodyPublishers.ofByteArray(content)),
                        uploadWithin)
                .orThrow();
    }

    /** Makes a registered model unless it is there. */
    void registeredModel(String name, String description) throws MlflowException, InterruptedException {
        Answer made =
                post("registered-models/create", object().put("name", name).put("description", description));
        if (!made.is("RESOURCE_ALREADY_EXISTS")) {
            made.orThrow();
        }
    }

    /** The number of a registered model's oldest version with a tag; no argument holds a quote. */
    Optional<String> modelVersion(String model, String tag, String value) throws MlflowException, InterruptedException {
        String filter = "name='" + model + "' and tags.`" + tag + "`='" + value + "'";
        JsonNode versions = get("model-versions/search", Map.of("filter", filter, "max_results", "100"))
                .orThrow()
                .path("model_versions");
        return versions.valueStream()
                .map(version -> version.path("version").asText())
                .min(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()));
    }

    /** Registers a run's files as a version of a model, and gives its number. */
    String createModelVersion(String model, Run run, String path, Map<String, String> tags, String description)
            throws MlflowException, InterruptedException {
        ObjectNode version = object();
        version.put("name", model)
                .put("source", run.artifacts() + "/" + path)
                .put("run_id", run.id())
                .put("description", description);
        pairs(version.putArray("tags"), tags);
        return post("model-versions/create", version)
                .orThrow()
                .path("model_version")
                .path("version")
                .asText();
    }

    void tagModelVersion(String model, String version, String tag, String value)
            throws MlflowException, InterruptedException {
        post(
                        "model-versions/set-tag",
                        object().put("name", model)
                                .put("version", version)
                                .put("key", tag)
                                .put("value", value))
                .orThrow();
    }

    /** Points an alias of a model at a version, wherever it pointed before. */
    void alias(String model, String alias, String version) throws MlflowException, InterruptedException {
        post(
                        "registered-models/alias",
                        object().put("name", model).put("alias", alias).put("version", version))
                .orThrow();
    }

    /** Takes an alias off a version; nothing where it points elsewhere or nowhere. */
    void withoutAlias(String model, String alias, String version) throws MlflowException, InterruptedException {
        Answer points = get("registered-models/alias", Map.of("name", model, "alias", alias));
        // What MLflow answers where there is no such alias.
        if (points.is("INVALID_PARAMETER_VALUE") || points.is("RESOURCE_DOES_NOT_EXIST")) {
            return;
        }
        if (points.orThrow().at("/model_version/version").asText().equals(version)) {
            send(
                            request(API + "registered-models/alias", callWithin)
                                    .header("Content-Type", "application/json")
                                    .method(
                                            "DELETE",
                                            BodyPublishers.ofString(object().put("name", model)
                                                    .put("alias", alias)
                                                    .toString())),
                            callWithin)
                    .orThrow();
        }
    }

    private static ObjectNode object() {
        return JSON.createObjectNode();
    }

    private static void pairs(ArrayNode array, Map<String, String> pairs) {
        pairs.entrySet().forEach(each -> pair(array, each));
    }

    private static void pair(ArrayNode array, Map.Entry<String, String> pair) {
        array.addObject().put("key", pair.getKey()).put("value", pair.getValue());
    }

    /** What the server answered. */
    private record Answer(String call, int status, JsonNode body) {
        /** Whether it says no for this reason. */
        boolean is(String errorCode) {
            return status >= 400 && body.path("error_code").asText().equals(errorCode);
        }

        JsonNode orThrow() throws MlflowException {
            if (status >= 200 && status < 300) {
                return body;
            }
            String code = body.path("error_code").asText();
            String message = call + " answers " + status + " " + shown(body);
            // Who may not enter, or found another server, has a setting to mend; busy and broken pass.
            boolean ours = status >= 400
                    && status < 500
                    && status != 401
                    && status != 403
                    && status != 408
                    && status != 429
                    && !(status == 404 && code.isEmpty());
            if (ours) {
                throw new MlflowException.Refused(
                        code.matches("[A-Z_]{1,60}")
                                ? code.toLowerCase(Locale.ROOT).replace('_', '-')
                                : "refused",
                        message);
            }
            throw new MlflowException.Unavailable("status-" + status, message);
        }

        private static String shown(JsonNode body) {
            String text = body.path("message").asText();
            String plain = text.replaceAll("[\\p{Cntrl}]+", " ");
            return plain.length() > SHOWN ? plain.substring(0, SHOWN) + "..." : plain;
        }
    }

    private Answer get(String method, Map<String, String> query) throws MlflowException, InterruptedException {
        String parameters = query.entrySet().stream()
                .map(each -> encoded(each.getKey()) + "=" + encoded(each.getValue()))
                .collect(Collectors.joining("&"));
        return send(request(API + method + "?" + parameters, callWithin).GET(), callWithin);
    }

    private Answer post(String method, ObjectNode body) throws MlflowException, InterruptedException {
        return send(
                request(API + method, callWithin)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body.toString())),
                callWithin);
    }

    private HttpRequest.Builder request(String path, Duration within) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(settings.url() + path)).timeout(within);
        settings.access().authorization().ifPresent(value -> request.header("Authorization", value));
        return request;
    }

    private Answer send(HttpRequest.Builder builder, Duration within) throws MlflowException, InterruptedException {
        HttpRequest request = builder.build();
        String call = request.method() + " " + request.uri().getPath();
        // The request's own timeout ends with the headers; a body may come drop by drop.
        CompletableFuture<HttpResponse<byte[]>> answer =
                http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST_ANSWER));
        try {
            HttpResponse<byte[]> response = answer.get(within.toMillis(), TimeUnit.MILLISECONDS);
            return new Answer(call, response.statusCode(), json(response, call));
        } catch (TimeoutException e) {
            throw new MlflowException.Unavailable("timeout", call + " has no answer within " + within);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            boolean late = cause instanceof HttpTimeoutException;
            throw new MlflowException.Unavailable(late ? "timeout" : "unreachable", call + ": " + cause);
        } finally {
            answer.cancel(true);
        }
    }

    private static JsonNode json(HttpResponse<byte[]> response, String call) throws MlflowException {
        byte[] body = response.body();
        boolean good = response.statusCode() >= 200 && response.statusCode() < 300;
        if (body.length == 0) {
            return object();
        }
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            if (good) {
                throw new MlflowException.Unavailable("no-json", call + " answers something else than JSON");
            }
            return object();
        } catch (IOException e) {
            throw new MlflowException.Unavailable("unreachable", call + ": " + e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
