package io.freshet.quickstart;

import io.freshet.quickstart.platform.PlatformException;
import io.freshet.quickstart.send.SendCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point of {@code freshet}. Exit codes: 0 done, 1 failed, 2 wrong arguments. */
@Command(
        name = "freshet",
        description = "Real-time machine learning on Kafka that keeps its models fresh.",
        mixinStandardHelpOptions = true,
        version = "freshet 0.1.0",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DemoCommand.class,
            UpCommand.class,
            ApplyCommand.class,
            SendCommand.class,
            FeaturesCommand.class,
            RetrainCommand.class,
            RequestsCommand.class,
            ModelsCommand.class,
            DeployCommand.Promote.class,
            DeployCommand.Rollback.class,
            DatasetCommand.class,
            ReproduceCommand.class,
            ExportCommand.class,
            CardCommand.class
        })
public final class FreshetCli {
    private FreshetCli() {}

    public static void main(String[] args) {
        System.exit(run(args));
    }

    static int run(String... args) {
        return commandLine().execute(args);
    }

    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new FreshetCli());
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setParameterExceptionHandler((e, rejected) -> {
            CommandLine command = e.getCommandLine();
            command.getErr()
                    .println("freshet: " + e.getMessage() + " (see "
                            + command.getCommandSpec().qualifiedName() + " --help)");
            return CommandLine.ExitCode.USAGE;
        });
        commandLine.setExecutionExceptionHandler((e, command, parsed) -> {
            command.getErr().println("freshet: " + (e instanceof PlatformException ? e.getMessage() : e.toString()));
            return command.getCommandSpec().exitCodeOnExecutionException();
        });
        return commandLine;
    }
}
