package io.freshet.quickstart;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Parameters;

/** Which registered model a command is about. */
final class ModelArgument {
    @Parameters(index = "0", paramLabel = "PIPELINE", description = "The pipeline's name.")
    String pipeline = "";

    /** Null for the champion. */
    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "VERSION",
            description = "The model's version; the champion unless given.")
    @Nullable
    Integer version;
}
