package io.freshet.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServiceSettingsTest {
    private static final Map<String, String> LEAST =
            Map.of("FRESHET_BOOTSTRAP_SERVERS", "kafka:9092", "FRESHET_REGISTRY", "http://registry:8081");

    @Test
    void shouldNeedOnlyBrokersAndRegistry() {
        ServiceSettings settings = ServiceSettings.fromEnvironment(LEAST);

        assertThat(settings.kafka().bootstrapServers()).isEqualTo("kafka:9092");
        assertThat(settings.kafka().instance()).isEqualTo("0");
        assertThat(settings.httpPort()).isEqualTo(8080);
    }

    @Test
    void shouldPassClientSettingsOn() {
        ServiceSettings settings =
                ServiceSettings.fromEnvironment(with("FRESHET_CLIENT_SECURITY_PROTOCOL", "SASL_SSL"));

        assertThat(settings.kafka().base("x")).containsEntry("security.protocol", "SASL_SSL");
    }

    @Test
    void shouldNameVariableAndValueOfAMistake() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceSettings.fromEnvironment(Map.of("FRESHET_REGISTRY", "http://registry:8081")))
                .withMessageContaining("FRESHET_BOOTSTRAP_SERVERS");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceSettings.fromEnvironment(with("FRESHET_HTTP_PORT", "http")))
                .withMessageContaining("FRESHET_HTTP_PORT")
                .withMessageContaining("'http'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceSettings.fromEnvironment(with("FRESHET_HTTP_PORT", "70000")))
                .withMessageContaining("'70000'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceSettings.fromEnvironment(with("FRESHET_INSTANCE", "a b")))
                .withMessageContaining("'a b'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceSettings.fromEnvironment(with("FRESHET_REPLICATION_FACTOR", "0")))
                .withMessageContaining("'0'");
    }

    private static Map<String, String> with(String name, String value) {
        Map<String, String> environment = new HashMap<>(LEAST);
        environment.put(name, value);
        return environment;
    }
}
