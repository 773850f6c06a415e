package io.freshet.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.freshet.quickstart.platform.Services;
import io.freshet.runtime.ServiceSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.utils.AppInfoParser;
import org.junit.jupiter.api.Test;

/** docker-compose.yml, the image's recipe and what is provisioned fit each other and the services. */
class DeploymentTest {
    private static final Path ROOT = Path.of("..");
    private static final Path DOCKERFILE = Monitoring.DEPLOYMENT.resolve("Dockerfile");

    @Test
    void shouldDeployEveryServiceWithTheSettingsThatItReads() throws IOException {
        Map<String, Map<?, ?>> services = services();

        assertThat(services.keySet()).containsAll(Services.ALL);
        for (String name : Services.ALL) {
            Map<?, ?> service = services.get(name);
            Map<String, String> environment = new HashMap<>();
            ((Map<?, ?>) service.get("environment"))
                    .forEach((variable, value) -> environment.put((String) variable, unset((String) value)));

            ServiceSettings settings = ServiceSettings.fromEnvironment(environment);

            assertThat(settings.kafka().bootstrapServers()).isEqualTo("kafka:19092");
            assertThat(environment).as(name).containsKey("FRESHET_INSTANCE");
            assertThat(service.get("depends_on").toString())
                    .as(name)
                    .contains("kafka={condition=service_healthy}")
                    .contains("registry={condition=service_healthy}");
            Map<?, ?> build = (Map<?, ?>) service.get("build");
            assertThat(build.get("context")).isEqualTo(name + "/target");
            assertThat(((Map<?, ?>) build.get("args")).get("SERVICE")).isEqualTo(name);
            assertThat(service.get("volumes")).isEqualTo(List.of(name + "-state:/var/lib/freshet"));
        }
    }

    @Test
    void shouldCheckBoundAndRestartEveryContainer() throws IOException {
        String recipe = Files.readString(DOCKERFILE);
        assertThat(recipe).contains("HEALTHCHECK").contains("/health/readiness").contains("\nUSER freshet\n");

        services().forEach((name, service) -> {
            assertThat(service.containsKey("healthcheck") || service.containsKey("build"))
                    .as("%s: healthcheck", name)
                    .isTrue();
            assertThat(service.keySet().toString())
                    .as(name)
                    .contains(
                            "mem_limit", "restart", "init", "stop_grace_period", "cap_drop", "security_opt", "logging");
            assertThat((String) service.get("image")).as("%s: image", name).startsWith("${");
        });
    }

    /** A value as it is where its variable is not set. */
    private static String unset(String value) {
        return value.replaceAll("\\$\\{[A-Z_]+:-([^}]*)}", "$1");
    }

    @Test
    void shouldPublishOnLoopbackAndHaveNoPasswordOfItsOwn() throws IOException {
        services().forEach((name, service) -> {
            for (Object port : (List<?>) entry(service, "ports", List.of())) {
                assertThat((String) port).as(name).startsWith("${FRESHET_BIND:-127.0.0.1}:${");
            }
            ((Map<?, ?>) entry(service, "environment", Map.of())).forEach((variable, value) -> {
                if (((String) variable).contains("PASSWORD")) {
                    assertThat((String) value).as("%s: %s", name, variable).matches("\\$\\{[A-Z_]+:\\?set .+}");
                }
            });
        });
    }

    @Test
    void shouldKeepWhatHasToLastInNamedVolumes() throws IOException {
        Set<String> used = new HashSet<>();
        services().values().forEach(service -> {
            for (Object volume : (List<?>) entry(service, "volumes", List.of())) {
                String source = ((String) volume).split(":", 2)[0];
                if (source.startsWith(".")) {
                    assertThat(ROOT.resolve(source)).exists();
                } else {
                    used.add(source);
                }
            }
        });

        assertThat(((Map<?, ?>) compose().get("volumes")).keySet()).isEqualTo(used);
        assertThat(used).contains("kafka-data", "prometheus-data", "grafana-data");
    }

    @Test
    void shouldRunTheBrokerThatTheClientsWereTestedWith() throws IOException {
        assertThat((String) services().get("kafka").get("image"))
                .endsWith(":-apache/kafka:" + AppInfoParser.getVersion() + "}");
        assertThat((String) services().get("registry").get("image")).contains(":-apicurio/apicurio-registry:");
    }

    @Test
    void shouldStayReadableForOldAndNewCompose() throws IOException {
        assertThat(compose().keySet().toString()).doesNotContain("version").doesNotContain("name");
    }

    @Test
    void shouldScrapeEveryServiceWhereItAnswers() throws IOException {
        Map<?, ?> prometheus = Monitoring.yaml(Monitoring.DEPLOYMENT.resolve("prometheus/prometheus.yml"));
        Map<?, ?> job = (Map<?, ?>) ((List<?>) prometheus.get("scrape_configs")).getFirst();

        assertThat(job.get("metrics_path")).isEqualTo("/prometheus");
        assertThat(job.get("static_configs"))
                .isEqualTo(List.of(Map.of(
                        "targets",
                        Services.ALL.stream().map(name -> name + ":8080").toList())));
    }

    @Test
    void shouldProvisionADashboardThatGrafanaCanShow() throws IOException {
        JsonNode dashboard = Monitoring.dashboard();
        Map<?, ?> sources =
                Monitoring.yaml(Monitoring.DEPLOYMENT.resolve("grafana/provisioning/datasources/prometheus.yml"));
        Map<?, ?> source = (Map<?, ?>) ((List<?>) sources.get("datasources")).getFirst();
        List<Integer> ids = new ArrayList<>();
        for (JsonNode panel : dashboard.get("panels")) {
            ids.add(panel.get("id").asInt());
            if (!panel.get("type").asText().equals("row")) {
                assertThat(panel.get("targets")).as(panel.get("title").asText()).isNotEmpty();
                assertThat(panel.at("/datasource/uid").asText()).isEqualTo(source.get("uid"));
            }
        }

        assertThat(ids).doesNotHaveDuplicates().hasSizeGreaterThan(10);
        assertThat(dashboard.get("title").asText()).isEqualTo("Freshet");
    }

    @Test
    void shouldFindTheMetricsInAnExpression() throws IOException {
        assertThat(Monitoring.metrics())
                .contains("freshet_predictions_total", "freshet_champion_version", "jvm_memory_used_bytes")
                .allSatisfy(metric -> assertThat(metric).matches("(freshet|kafka|jvm|process|http)_.+"));
    }

    private static Map<?, ?> compose() throws IOException {
        return Monitoring.yaml(ROOT.resolve("docker-compose.yml"));
    }

    private static Map<String, Map<?, ?>> services() throws IOException {
        Map<String, Map<?, ?>> services = new TreeMap<>();
        ((Map<?, ?>) compose().get("services"))
                .forEach((name, service) -> services.put((String) name, (Map<?, ?>) service));
        return services;
    }

    private static Object entry(Map<?, ?> map, String key, Object otherwise) {
        Object value = map.get(key);
        return value == null ? otherwise : value;
    }
}
