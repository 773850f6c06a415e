package io.freshet.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** What the deployment's dashboard and alerting rules ask Prometheus for. */
final class Monitoring {
    static final Path DEPLOYMENT = Path.of("../deploy");
    private static final Pattern STRING = Pattern.compile("\"[^\"]*\"");
    private static final Pattern LABELS = Pattern.compile("\\{[^}]*}|\\b(?:by|on)\\s*\\([^)]*\\)");
    /** No function's name, which a parenthesis follows; {@code up}, which Prometheus makes itself, is none either. */
    private static final Pattern NAME = Pattern.compile("\\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\\b(?!\\s*\\()");

    private Monitoring() {}

    static JsonNode dashboard() throws IOException {
        return new ObjectMapper()
                .readTree(DEPLOYMENT.resolve("grafana/dashboards/freshet.json").toFile());
    }

    /** Every PromQL expression of dashboard and rules. */
    static List<String> expressions() throws IOException {
        List<String> expressions = new ArrayList<>();
        dashboard().findValues("expr").forEach(expression -> expressions.add(expression.asText()));
        Map<?, ?> rules = yaml(DEPLOYMENT.resolve("prometheus/rules.yml"));
        for (Object group : (List<?>) rules.get("groups")) {
            for (Object rule : (List<?>) ((Map<?, ?>) group).get("rules")) {
                expressions.add((String) ((Map<?, ?>) rule).get("expr"));
            }
        }
        return expressions;
    }

    /** Every metric that they name. */
    static Set<String> metrics() throws IOException {
        Set<String> metrics = new TreeSet<>();
        for (String expression : expressions()) {
            String bare =
                    LABELS.matcher(STRING.matcher(expression).replaceAll("")).replaceAll(" ");
            NAME.matcher(bare).results().forEach(name -> metrics.add(name.group()));
        }
        return metrics;
    }

    /** The metrics that a service shows. */
    static Set<String> shown(URI service) {
        return lines(service)
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("[{ ]", 2)[0])
                .collect(Collectors.toSet());
    }

    /** The values of a metric that a service shows, by the tags in its answer. */
    static Map<String, Double> values(URI service, String metric) {
        Map<String, Double> values = new TreeMap<>();
        lines(service)
                .filter(line -> line.startsWith(metric + "{"))
                .forEach(line -> values.put(
                        line.substring(metric.length(), line.lastIndexOf('}') + 1),
                        Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))));
        return values;
    }

    private static Stream<String> lines(URI service) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest asked =
                    HttpRequest.newBuilder(service.resolve("/prometheus")).build();
            return client.send(asked, BodyHandlers.ofString()).body().lines();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(service.toString(), e);
        }
    }

    static Map<?, ?> yaml(Path file) throws IOException {
        return (Map<?, ?>) new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
    }
}
