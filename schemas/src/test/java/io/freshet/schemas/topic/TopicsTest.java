package io.freshet.schemas.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.schemas.topic.Topic.Cleanup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

class TopicsTest {
    private static final List<Topic> ALL =
            Stream.concat(Topics.of("p", 3).stream(), Topics.shared().stream()).toList();

    @Test
    void shouldNameEveryTopicOnce() {
        assertThat(ALL).extracting(Topic::name).doesNotHaveDuplicates().hasSize(23);
    }

    @Test
    void shouldHaveOneWriterUnlessSharedByDesign() {
        for (Topic topic : ALL) {
            boolean shared = Topics.sharedByDesign().contains(topic.name().replaceFirst("^p\\.", ""));
            assertThat(topic.writers()).as("writers of %s", topic.name()).hasSize(shared ? 2 : 1);
        }
    }

    @Test
    void shouldGiveThePipelinesTopicsItsPartitions() {
        assertThat(Topics.of("p", 3)).allSatisfy(topic -> {
            assertThat(topic.partitions())
                    .isEqualTo(Set.of("p.profiles", "p.shadow-predictions").contains(topic.name()) ? 1 : 3);
            assertThat(topic.name()).startsWith("p.");
        });
        assertThat(Topics.of("p", 1)).extracting(Topic::name).doesNotContain("p.profiles");
    }

    @Test
    void shouldDocumentEveryMessageAndField() {
        assertThat(ALL.stream().flatMap(topic -> topic.value().stream()).toList())
                .hasSizeGreaterThan(9)
                .allSatisfy(schema -> assertDocumented(schema, schema.getName()));
    }

    @Test
    void shouldStandInTheReadmeAsGenerated() throws Exception {
        assertThat(Files.readString(Path.of("..", "README.md"))).contains(Topics.table());
    }

    @Test
    void shouldRefuseACompactedTopicWithRetention() {
        assertThatThrownBy(() -> new Topic(
                        "t",
                        "k",
                        Optional.empty(),
                        1,
                        Cleanup.COMPACT,
                        Optional.of(java.time.Duration.ofDays(1)),
                        Set.of()))
                .hasMessageContaining("t is compacted");
        assertThatThrownBy(() -> new Topic("t", "k", Optional.empty(), 0, Cleanup.DELETE, Optional.empty(), Set.of()))
                .hasMessageContaining("partitions of topic t: 0");
    }

    private static void assertDocumented(Schema schema, String path) {
        switch (schema.getType()) {
            case RECORD -> {
                assertThat(schema.getDoc()).as("doc of %s", path).isNotBlank();
                for (Schema.Field field : schema.getFields()) {
                    assertThat(field.doc())
                            .as("doc of %s.%s", path, field.name())
                            .isNotBlank();
                    assertDocumented(field.schema(), path + "." + field.name());
                }
            }
            case UNION -> schema.getTypes().forEach(branch -> assertDocumented(branch, path));
            case ARRAY -> assertDocumented(schema.getElementType(), path);
            case MAP -> assertDocumented(schema.getValueType(), path);
            default -> {}
        }
    }
}
