package io.freshet.features.service;

import io.freshet.runtime.RunningService;

/** The feature-stream as a process of its own. */
public final class FeatureStreamApplication {
    public static final String NAME = "feature-stream";

    private FeatureStreamApplication() {}

    public static void main(String[] args) {
        RunningService.main(NAME);
    }
}
