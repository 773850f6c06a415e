package io.freshet.trainer.service;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;

/** What this trainer was built from and runs on. */
public final class BuildInfo {
    private static final Properties BUILD = load();

    /** The git commit of the source, {@code -dirty} behind it where files differed from it; {@code unknown} without git. */
    public static final String COMMIT =
            BUILD.getProperty("commit") + (Boolean.parseBoolean(BUILD.getProperty("dirty")) ? "-dirty" : "");

    private BuildInfo() {}

    /** Versions of Java, operating system and libraries, by name. */
    public static Map<String, String> environment() {
        Map<String, String> environment = new TreeMap<>();
        environment.put("java", System.getProperty("java.vm.version", "unknown"));
        environment.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        environment.put("architecture", System.getProperty("os.arch", "unknown"));
        environment.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        environment.put("freshet", BUILD.getProperty("version"));
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
