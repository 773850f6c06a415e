package io.freshet.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MlflowSettingsTest {
    private static final String SECRET = "hunter2";

    @Test
    void shouldTellNobodyUnlessAskedTo() {
        assertThat(MlflowSettings.fromEnvironment(Map.of())).isEmpty();
        assertThat(MlflowSettings.fromEnvironment(Map.of("FRESHET_MLFLOW_URL", " ")))
                .isEmpty();
    }

    @Test
    void shouldReadUrlAndAccess() {
        assertThat(read("URL", "https://mlflow.example/base/"))
                .isEqualTo(new MlflowSettings(URI.create("https://mlflow.example/base"), new MlflowSettings.Open()));
        assertThat(read("URL", "http://m:5000", "TOKEN", "abc").access().authorization())
                .contains("Bearer abc");
        // The example of RFC 7617.
        assertThat(read("URL", "http://m:5000", "USER", "Aladdin", "PASSWORD", "open sesame")
                        .access()
                        .authorization())
                .contains("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }

    @Test
    void shouldNotShowASecret() {
        assertThat(read("URL", "http://m:5000", "TOKEN", SECRET).toString()).doesNotContain(SECRET);
        assertThat(read("URL", "http://m:5000", "USER", "u", "PASSWORD", SECRET).toString())
                .doesNotContain(SECRET)
                .contains("user=u");
    }

    @Test
    void shouldNameVariableAndValueOfAMistakeButNoSecret() {
        refused("FRESHET_MLFLOW_URL: 'm:5000'", "URL", "m:5000");
        refused("FRESHET_MLFLOW_URL: 'ftp://m'", "URL", "ftp://m");
        refused("FRESHET_MLFLOW_URL: 'http://m?a=b'", "URL", "http://m?a=b");
        refused("FRESHET_MLFLOW_URL: 'http:// m'", "URL", "http:// m");
        refused("FRESHET_MLFLOW_USER", "URL", "http://u:" + SECRET + "@m:5000");
        refused("FRESHET_MLFLOW_URL is not set", "TOKEN", SECRET);
        refused("FRESHET_MLFLOW_TOKEN", "URL", "http://m", "TOKEN", SECRET + "\nX-Other: 1");
        refused("FRESHET_MLFLOW_PASSWORD", "URL", "http://m", "USER", "u", "PASSWORD", SECRET + "\r");
        refused("FRESHET_MLFLOW_PASSWORD is not set", "URL", "http://m", "USER", "u");
        refused("FRESHET_MLFLOW_USER is not set", "URL", "http://m", "PASSWORD", SECRET);
        refused("FRESHET_MLFLOW_USER", "URL", "http://m", "USER", "a:b", "PASSWORD", SECRET);
        refused("only one of them", "URL", "http://m", "TOKEN", SECRET, "USER", "u", "PASSWORD", SECRET);
    }

    private static void refused(String message, String... variables) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read(variables))
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain(SECRET));
    }

    private static MlflowSettings read(String... variables) {
        Map<String, String> environment = new HashMap<>();
        for (int i = 0; i < variables.length; i += 2) {
            environment.put("FRESHET_MLFLOW_" + variables[i], variables[i + 1]);
        }
        return MlflowSettings.fromEnvironment(environment).orElseThrow();
    }
}
