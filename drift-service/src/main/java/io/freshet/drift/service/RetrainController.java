package io.freshet.drift.service;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.ManualRequests;
import io.freshet.runtime.PipelineSupervisor;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.topic.Topic.Writer;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /v1/pipelines/NAME/retrain}: a person asks for a model, as {@code freshet retrain} does. The body is a JSON
 * object, whose {@code reason}, a text, may say why. The answer, 202, holds the request's id, under which {@code
 * training-runs} tells what came of it.
 */
@Controller("/v1/pipelines/{pipeline}")
@ExecuteOn(TaskExecutors.BLOCKING)
final class RetrainController {
    private static final Logger LOG = LoggerFactory.getLogger(RetrainController.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LARGEST = 16_384;

    private final KafkaConnection connection;
    private final PipelineSupervisor supervisor;

    RetrainController(KafkaConnection connection, PipelineSupervisor supervisor) {
        this.connection = connection;
        this.supervisor = supervisor;
    }

    @Post("/retrain")
    @Consumes(MediaType.APPLICATION_JSON)
    HttpResponse<String> retrain(@PathVariable String pipeline, @Body byte[] body) {
        if (supervisor.pipeline(pipeline).isEmpty()) {
            return supervisor.mayDeclare(pipeline)
                    ? error(HttpStatus.SERVICE_UNAVAILABLE, "starting: send the request again")
                    : error(HttpStatus.NOT_FOUND, "no pipeline of this name is declared (yet): see `freshet apply`");
        }
        RetrainRequest request;
        try {
            request = ManualRequests.of(pipeline, Writer.DRIFT_SERVICE, reason(body), Instant.now());
        } catch (IllegalArgumentException e) {
            return error(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
        }
        try {
            ManualRequests.send(connection, request);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return error(HttpStatus.SERVICE_UNAVAILABLE, "stopping: send the request again");
        } catch (RuntimeException e) {
            LOG.warn("a request for training {} could not be published", pipeline, e);
            return error(HttpStatus.SERVICE_UNAVAILABLE, "the request could not be written: send it again");
        }
        return answer(HttpStatus.ACCEPTED, JSON.createObjectNode().put("requestId", request.getRequestId()));
    }

    /** @throws IllegalArgumentException when the body is no object with a text under {@code reason} and nothing else */
    private static @Nullable String reason(byte[] body) {
        if (body.length > LARGEST) {
            throw new IllegalArgumentException("body: is longer than " + LARGEST + " bytes");
        }
        JsonNode json;
        try {
            json = JSON.readTree(new String(body, StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("body: is no JSON; send {\"reason\": \"...\"} or {}", e);
        }
        JsonNode reason = json.path("reason");
        if (!json.isObject()
                || json.size() > (json.has("reason") ? 1 : 0)
                || json.has("reason") && !reason.isTextual()) {
            throw new IllegalArgumentException("body: must be {\"reason\": \"...\"} or {}");
        }
        return json.has("reason") ? reason.asText() : null;
    }

    private static HttpResponse<String> error(HttpStatus status, String message) {
        return answer(status, JSON.createObjectNode().put("error", message));
    }

    private static HttpResponse<String> answer(HttpStatus status, ObjectNode body) {
        return HttpResponse.<String>status(status).body(body.toString()).contentType(MediaType.APPLICATION_JSON_TYPE);
    }
}
