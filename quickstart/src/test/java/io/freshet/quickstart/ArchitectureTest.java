package io.freshet.quickstart;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What holds the shape of the whole: who may know whom. */
class ArchitectureTest {
    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.freshet");

    /** Pure code: no Kafka, no Micronaut, no clock but the one handed in. */
    private static final String[] CORES = {
        "io.freshet.card..",
        "io.freshet.model..",
        "io.freshet.onnx..",
        "io.freshet.profiles..",
        "io.freshet.features.window..",
        "io.freshet.schemas.pipeline..",
        "io.freshet.schemas.check..",
        "io.freshet.schemas.registry..",
        "io.freshet.schemas.row..",
        "io.freshet.trainer",
        "io.freshet.trainer.baseline..",
        "io.freshet.trainer.gate..",
        "io.freshet.trainer.learn..",
        "io.freshet.trainer.registry..",
        "io.freshet.trainer.request..",
        "io.freshet.trainer.rollout..",
        "io.freshet.trainer.rows..",
    };

    private static final List<String> SERVICES = List.of("ingest", "features", "scoring", "drift", "trainer");

    @Test
    void shouldHaveLookedAtEveryModule() {
        assertThat(OURS.size()).isGreaterThan(300);
        for (String part : CORES) {
            String name = part.replace("..", "");
            assertThat(OURS.stream().filter(each -> each.getPackageName().startsWith(name)))
                    .as("classes of %s", part)
                    .hasSizeGreaterThan(1);
        }
        SERVICES.forEach(service -> assertThat(
                        OURS.stream().filter(each -> each.getPackageName().startsWith("io.freshet." + service)))
                .as("classes of %s", service)
                .hasSizeGreaterThan(5));
    }

    @Test
    void shouldKeepKafkaAndMicronautOutOfTheCores() {
        hold(noClasses()
                .that()
                .resideInAnyPackage(CORES)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.kafka..", "io.confluent..", "io.micronaut..", "io.micrometer.."));
    }

    @Test
    void shouldHandTheClockIn() {
        hold(noClasses()
                .that()
                .resideInAnyPackage(CORES)
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Clock.class, "systemUTC"));
    }

    @Test
    void shouldKeepServicesApart() {
        hold(slices().matching("io.freshet.(ingest|features|scoring|drift|trainer)..")
                .should()
                .notDependOnEachOther());
    }

    @Test
    void shouldKeepTheSharedPartsFreeOfServices() {
        hold(noClasses()
                .that()
                .resideInAnyPackage(
                        "io.freshet.schemas..",
                        "io.freshet.card..",
                        "io.freshet.page..",
                        "io.freshet.model..",
                        "io.freshet.profiles..",
                        "io.freshet.runtime..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(SERVICES.stream()
                        .map(service -> "io.freshet." + service + "..")
                        .toArray(String[]::new)));
    }

    @Test
    void shouldTrainWithTheHeavyLibrariesInOneServiceOnly() {
        hold(noClasses()
                .that()
                .resideOutsideOfPackage("io.freshet.trainer..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("ml.dmlc..", "org.deeplearning4j..", "org.nd4j.."));
    }

    @Test
    void shouldKnowTheOnnxFormatInOneModuleOnly() {
        hold(noClasses()
                .that()
                .resideOutsideOfPackage("io.freshet.onnx..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("ai.onnx..", "org.tribuo..", "com.google.protobuf.."));
    }

    private static void hold(ArchRule rule) {
        rule.check(OURS);
    }
}
