import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Asks a running Prometheus what the dashboard asks it: each query has to return data. Queries without data are asked
 * again until the time is over.
 *
 * <pre>java -cp 'quickstart/target/lib/*' deploy/DashboardQueries.java DASHBOARD URL SECONDS</pre>
 */
final class DashboardQueries {
    private static final ObjectMapper JSON = new ObjectMapper();

    private DashboardQueries() {}

    public static void main(String[] args) throws Exception {
        JsonNode dashboard = JSON.readTree(Path.of(args[0]).toFile());
        List<String> queries = new ArrayList<>();
        dashboard.get("panels").forEach(panel -> panel.path("targets")
                .forEach(target -> queries.add(target.get("expr")
                        .asText()
                        .replace("$__rate_interval", "1m")
                        .replace("$pipeline", ".*"))));
        int all = queries.size();
        long until = System.nanoTime() + Duration.ofSeconds(Long.parseLong(args[2])).toNanos();
        try (HttpClient client = HttpClient.newHttpClient()) {
            while (!queries.isEmpty()) {
                for (String query : List.copyOf(queries)) {
                    JsonNode answer = JSON.readTree(client.send(
                                    HttpRequest.newBuilder(URI.create(args[1] + "/api/v1/query?query="
                                                    + URLEncoder.encode(query, StandardCharsets.UTF_8)))
                                            .build(),
                                    BodyHandlers.ofString())
                            .body());
                    if (!answer.path("status").asText().equals("success")) {
                        throw new IllegalStateException(query + ": " + answer);
                    }
                    if (!answer.at("/data/result").isEmpty()) {
                        queries.remove(query);
                    }
                }
                if (!queries.isEmpty() && System.nanoTime() > until) {
                    queries.forEach(query -> System.err.println("no data: " + query));
                    System.exit(1);
                }
                Thread.sleep(queries.isEmpty() ? 0 : 2_000);
            }
        }
        System.out.println(all + " queries of the dashboard, each with data");
    }
}
