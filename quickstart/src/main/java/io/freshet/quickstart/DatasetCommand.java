package io.freshet.quickstart;

import picocli.CommandLine.Command;

/** {@code freshet dataset}: what models were trained on. */
@Command(
        name = "dataset",
        description = "Training sets: lists those of a pipeline's models, and writes one to a file.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {DatasetListCommand.class, DatasetExportCommand.class})
final class DatasetCommand {}
