package io.freshet.quickstart.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schemas.pipeline.PipelineFile;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LineageTest {
    private static final String EVENT = """
            {"type":"record","name":"E","fields":[
              {"name":"id","type":"string"},{"name":"card","type":"string"},{"name":"amount","type":"double"},
              {"name":"shop","type":{"type":"record","name":"S","fields":[{"name":"country","type":"string"}]}},
              {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}}]}""";
    private static final String LABEL = """
            {"type":"record","name":"L","fields":[{"name":"id","type":"string"},{"name":"fraud","type":"boolean"},
              {"name":"known","type":{"type":"long","logicalType":"timestamp-millis"}}]}""";
    private static final String YAML = """
            pipeline: cards
            event: { schema: e, id: id, key: card, time: at }
            label: { schema: l, event: id, value: label.fraud, time: known, wait: 24h }
            features:
              country: { value: event.shop.country }
              spent: { sum: event.amount, where: event.amount > 1.0, by: [card, country], over: 1d }
              risk: { mean: label.fraud, over: 7d }
              ratio: { value: feature.spent / event.amount }
              score: { value: feature.ratio + feature.risk }
            """;

    @Test
    void shouldFollowFieldsAndFeatures() throws Exception {
        Map<String, Lineage> lineage =
                Lineage.of(PipelineFile.parse("cards", YAML, name -> Optional.of(name.equals("e") ? EVENT : LABEL)));

        assertThat(lineage.get("country"))
                .isEqualTo(new Lineage(
                        List.of("event.shop.country"),
                        List.of(),
                        List.of("event.shop.country"),
                        List.of("spent"),
                        List.of("cards.events"),
                        List.of("cards.features", "cards.examples", "cards.predictions")));
        assertThat(lineage.get("spent").fields()).containsExactly("event.amount", "event.at", "event.card");
        assertThat(lineage.get("spent").features()).containsExactly("country");
        assertThat(lineage.get("risk").fields())
                .containsExactly("event.at", "event.card", "event.id", "label.fraud", "label.id", "label.known");
        assertThat(lineage.get("risk").from()).containsExactly("cards.events", "cards.labels");
        assertThat(lineage.get("ratio").origins())
                .containsExactly("event.amount", "event.at", "event.card", "event.shop.country");
        assertThat(lineage.get("score").fields()).isEmpty();
        assertThat(lineage.get("score").features()).containsExactly("ratio", "risk");
        assertThat(lineage.get("score").origins()).contains("label.fraud", "event.shop.country");
    }
}
