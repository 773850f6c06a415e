package io.freshet.trainer.service;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;

/** What this trainer was built from and runs on. */
final class BuildInfo {
    private static final Properties BUILD = load();

    static final String VERSION = BUILD.getProperty("version");

    private BuildInfo() {}

    static Map<String, String> environment() {
        Map<String, String> environment = new TreeMap<>();
        environment.put("java", System.getProperty("java.vm.version", "unknown"));
        environment.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        environment.put("architecture", System.getProperty("os.arch", "unknown"));
        environment.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        environment.put("xgboost", BUILD.getProperty("xgboost"));
        environment.put("deeplearning4j", BUILD.getProperty("deeplearning4j"));
        return environment;
    }

    private static Properties load() {
        Properties properties = new Properties();
        try (InputStream build = BuildInfo.class.getResourceAsStream("/io/freshet/trainer/build.properties")) {
            properties.load(Objects.requireNonNull(build, "build.properties"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties;
    }
}
