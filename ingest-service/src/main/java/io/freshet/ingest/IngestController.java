package io.freshet.ingest;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.runtime.PipelineSupervisor;
import io.freshet.schemas.message.RecordKind;
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
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /v1/pipelines/NAME/events} and {@code .../labels}: JSON lines, one JSON object, or an array of them. The
 * answer counts them and lists those that were not accepted. A request takes at most 32 MB and {@link Submission#MOST}
 * records; a larger one is answered with 413, and nothing of it is taken. Any other error answer says nothing about what
 * was published before it: send the request again, duplicates are dropped downstream by event id.
 */
@Controller("/v1/pipelines/{pipeline}")
@ExecuteOn(TaskExecutors.BLOCKING)
final class IngestController {
    private static final Logger LOG = LoggerFactory.getLogger(IngestController.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final IngestWorkers pipelines;
    private final PipelineSupervisor supervisor;

    IngestController(IngestWorkers pipelines, PipelineSupervisor supervisor) {
        this.pipelines = pipelines;
        this.supervisor = supervisor;
    }

    @Post("/events")
    @Consumes("application/x-ndjson")
    HttpResponse<String> eventLines(@PathVariable String pipeline, @Body byte[] body) {
        return take(pipeline, RecordKind.EVENT, () -> Submission.lines(body));
    }

    @Post("/events")
    @Consumes(MediaType.APPLICATION_JSON)
    HttpResponse<String> events(@PathVariable String pipeline, @Body byte[] body) {
        return take(pipeline, RecordKind.EVENT, () -> Submission.document(body));
    }

    @Post("/labels")
    @Consumes("application/x-ndjson")
    HttpResponse<String> labelLines(@PathVariable String pipeline, @Body byte[] body) {
        return take(pipeline, RecordKind.LABEL, () -> Submission.lines(body));
    }

    @Post("/labels")
    @Consumes(MediaType.APPLICATION_JSON)
    HttpResponse<String> labels(@PathVariable String pipeline, @Body byte[] body) {
        return take(pipeline, RecordKind.LABEL, () -> Submission.document(body));
    }

    /** Finds the records of a body. */
    private interface Reading {
        List<Submission> records() throws Submission.TooManyException;
    }

    private HttpResponse<String> take(String pipeline, RecordKind kind, Reading body) {
        Optional<Intake> intake = pipelines.intake(pipeline);
        if (intake.isEmpty() && supervisor.mayDeclare(pipeline)) {
            return error(HttpStatus.SERVICE_UNAVAILABLE, "starting: send the request again");
        }
        if (intake.isEmpty()) {
            return error(
                    HttpStatus.NOT_FOUND,
                    "no pipeline of this name is declared (yet): see `freshet apply`, and /health/readiness");
        }
        List<Submission> submissions;
        try {
            submissions = body.records();
        } catch (Submission.TooManyException e) {
            return error(HttpStatus.REQUEST_ENTITY_TOO_LARGE, e.getMessage() + "; none of them was taken");
        }
        try {
            return answer(intake.get().take(kind, submissions));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return error(HttpStatus.SERVICE_UNAVAILABLE, "stopping: send the request again");
        } catch (RuntimeException e) {
            LOG.warn("{} records for {} could not be published", submissions.size(), pipeline, e);
            return error(HttpStatus.SERVICE_UNAVAILABLE, "not every record was acknowledged: send the request again");
        }
    }

    private static HttpResponse<String> answer(List<Verdict> verdicts) {
        ObjectNode answer = JSON.createObjectNode();
        ArrayNode refused = JSON.createArrayNode();
        for (int i = 0; i < verdicts.size(); i++) {
            if (verdicts.get(i) instanceof Verdict.Rejected(var reason, var field, String detail)) {
                refused.addObject()
                        .put("index", i)
                        .put("verdict", "REJECTED")
                        .put("reason", reason.name())
                        .put("field", field)
                        .put("detail", detail);
            }
        }
        answer.put("received", verdicts.size());
        answer.put("accepted", verdicts.size() - refused.size());
        answer.put("rejected", refused.size());
        answer.set("verdicts", refused);
        return HttpResponse.ok(answer.toString()).contentType(MediaType.APPLICATION_JSON_TYPE);
    }

    private static HttpResponse<String> error(HttpStatus status, String message) {
        return HttpResponse.<String>status(status)
                .body(JSON.createObjectNode().put("error", message).toString())
                .contentType(MediaType.APPLICATION_JSON_TYPE);
    }
}
