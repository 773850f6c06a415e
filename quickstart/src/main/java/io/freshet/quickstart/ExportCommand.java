package io.freshet.quickstart;

import io.freshet.model.InvalidBundleException;
import io.freshet.model.ModelBundle;
import io.freshet.model.ModelBundleCodec;
import io.freshet.onnx.OnnxExport;
import io.freshet.onnx.OnnxExport.Exported;
import io.freshet.onnx.OnnxExportException;
import io.freshet.page.PlainText;
import io.freshet.quickstart.log.LogReader;
import io.freshet.quickstart.log.RegisteredModels;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.runtime.KafkaConnection;
import io.freshet.schemas.message.ModelRegistered;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code freshet export}: a registered model for those who serve elsewhere. */
@Command(
        name = "export",
        description = "Writes a registered model as an ONNX graph from raw features to the calibrated score.",
        mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
    private static final int SHOWN = 1_000;

    @Mixin
    private ModelArgument which = new ModelArgument();

    @Mixin
    private Cluster cluster = new Cluster();

    @Option(names = "--onnx", paramLabel = "FILE", required = true, description = "Where the graph is written.")
    private @Nullable Path onnx;

    @Option(
            names = "--missing-text",
            paramLabel = "TEXT",
            description = "What stands for a missing text in the graph's inputs; the empty text unless given.")
    private String missingText = OnnxExport.MISSING_TEXT;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        Path file = Objects.requireNonNull(onnx);
        ModelRegistered model;
        byte[] bundle;
        try (KafkaConnection connection = cluster.connect();
                LogReader log = LogReader.open(connection, "freshet-export")) {
            RegisteredModels models = RegisteredModels.of(log, which.pipeline);
            model = models.version(which.version);
            bundle = models.bundle(model);
        }
        Exported exported = export(model, bundle);
        try {
            Files.write(file, exported.bytes());
        } catch (IOException e) {
            throw new PlatformException("cannot write " + file + ": " + e, e);
        }
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        out.printf(
                "%s version %d, %s: %,d bytes are in %s%s%n",
                which.pipeline,
                model.getVersion(),
                PlainText.of(model.getFamily(), SHOWN),
                exported.bytes().length,
                file,
                exported.needsOnnxRuntime() ? "; its hashed features need ONNX Runtime's own MurmurHash3" : "");
        out.flush();
        return 0;
    }

    private Exported export(ModelRegistered model, byte[] bytes) {
        try {
            ModelBundle bundle = ModelBundleCodec.decode(bytes, bytes.length);
            return OnnxExport.export(bundle, model.getSha256(), missingText);
        } catch (InvalidBundleException e) {
            throw new PlatformException(
                    PlainText.of(
                            "the bundle of " + which.pipeline + " version " + model.getVersion() + " cannot be read: "
                                    + e.getMessage(),
                            SHOWN),
                    e);
        } catch (OnnxExportException e) {
            throw new PlatformException(PlainText.of(String.valueOf(e.getMessage()), SHOWN), e);
        }
    }
}
