package io.freshet.quickstart.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Entry;
import io.freshet.quickstart.catalogue.FeatureCatalogue.NoValues;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Numbers;
import io.freshet.quickstart.catalogue.FeatureCatalogue.RegisteredModel;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Rows;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Span;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Texts;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Values;
import io.freshet.schemas.pipeline.Pipeline.Source;
import io.freshet.schemas.pipeline.Pipeline.Window;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class CatalogueFormatsTest {
    private static final String HOSTILE = "<script>alert('&\u001b[2J\u202e\u009b</script>";
    private static final Instant DECLARED = Instant.parse("2026-01-02T03:04:05Z");
    private static final Lineage LINEAGE = new Lineage(
            List.of("event.amount", "event.at"),
            List.of("country"),
            List.of("event.amount", "event.at", "event.shop"),
            List.of("ratio"),
            List.of("cards.events"),
            List.of("cards.features", "cards.examples"));
    private static final Entry SPENT = new Entry(
            "spent",
            false,
            Source.EVENT,
            "sum of event.amount over events by [card] in PT24H by PT15M",
            List.of("card"),
            Optional.of(new Window(Duration.ofDays(1), Duration.ofMinutes(15), Duration.ofDays(7), true)),
            LINEAGE,
            new Values(200, 3, new Numbers(-1, 0, 12.3456, 5_000, 1e12, 77, OptionalDouble.of(0.00001))));
    private static final Entry COUNTRY = new Entry(
            "country",
            true,
            Source.EVENT,
            "event.shop == '" + HOSTILE + "'",
            List.of(),
            Optional.empty(),
            LINEAGE,
            new Values(200, 0, new Texts(3, 1, top())));
    private static final FeatureCatalogue CATALOGUE = new FeatureCatalogue(
            "cards",
            4,
            DECLARED,
            "0123456789ab",
            new Rows(
                    "cards.features",
                    210,
                    1,
                    Optional.of(new Span(DECLARED, DECLARED.plusSeconds(60))),
                    Map.of("0123456789ab", 200L)),
            List.of(
                    new RegisteredModel(1, "old " + HOSTILE, "ffffffffffff", DECLARED, false),
                    new RegisteredModel(2, "gradient-boosting", "0123456789ab", DECLARED, true)),
            List.of(SPENT, COUNTRY));

    @Test
    void shouldPrintATable() {
        assertThat(CatalogueText.table(CATALOGUE).lines())
                .containsExactly(
                        "cards: version 4, declared 2026-01-02 03:04:05 UTC, feature set 0123456789ab",
                        "the newest 210 rows of cards.features, event times 2026-01-02 03:04:05 UTC to 2026-01-02 03:05:05"
                                + " UTC",
                        "  200 of feature set 0123456789ab, as declared now",
                        "1 records there are no rows",
                        "models that read this feature set: 2 gradient-boosting (champion); that read an older one: 1 old"
                                + " <script>alert('&?[2J??</script>",
                        "",
                        "FEATURE  TYPE    SOURCE  BY    OVER                 NULLS  DISTRIBUTION",
                        "spent    number  events  card  1d, until 7d before  1.5 %  min -1, 5 % 0, median 12.35, 95 % 5,000,"
                                + " max 1E12, mean 77, sd 1E-5",
                        "  = sum of event.amount over events by [card] in PT24H by PT15M",
                        "  < event.amount, event.at, feature.country",
                        "country  text    events  -     -                    0.0 %  3 different and 1 values of more than"
                                + " 256 characters: DE 190, <script>alert('&?[2J??</script> 9",
                        "  = event.shop == '<script>alert('&?[2J??</script>'",
                        "  < event.amount, event.at, feature.country");
    }

    @Test
    void shouldPrintOneFeatureInFull() {
        FeatureCatalogue one = CATALOGUE.only("spent").orElseThrow();

        assertThat(CatalogueText.details(one))
                .contains(
                        "  window        1d, starting at multiples of 15m, ending 7d before the row, the row's own event included\n")
                .contains("  nulls         1.5 % (3 of 200)\n")
                .contains("  depends on    event.amount, event.at, event.shop\n")
                .contains("  topics        cards.events -> cards.features, cards.examples\n")
                .contains("  models        2 gradient-boosting (champion)\n")
                .doesNotContain("country\n  definition");
        assertThat(CATALOGUE.only("nothing")).isEmpty();
    }

    @Test
    void shouldSayThatThereAreNoRows() {
        FeatureCatalogue empty = new FeatureCatalogue(
                "cards",
                1,
                DECLARED,
                "0123456789ab",
                new Rows("cards.features", 0, 0, Optional.empty(), Map.of()),
                List.of(),
                List.of(new Entry(
                        "spent",
                        false,
                        Source.LABEL,
                        "d",
                        List.of(),
                        SPENT.window(),
                        LINEAGE,
                        new Values(0, 0, new NoValues()))));

        assertThat(CatalogueText.table(empty))
                .contains("no rows yet on cards.features: what follows is declared\n")
                .contains("models that read this feature set: none\n")
                .contains("spent    number  labels  all together  1d, until 7d before  -      no values yet\n");
        assertThat(CataloguePage.of(empty)).contains("no rows yet on", "no values yet");
    }

    @Test
    void shouldWriteJsonThatSaysTheSame() throws Exception {
        String text = CatalogueJson.of(CATALOGUE);
        JsonNode json = new ObjectMapper().readTree(text);

        assertThat(text.codePoints()).allMatch(c -> c == '\n' || (c >= ' ' && c < 127));
        assertThat(json.at("/featureSet").textValue()).isEqualTo("0123456789ab");
        assertThat(json.at("/rows/read").longValue()).isEqualTo(210);
        assertThat(json.at("/rows/byFeatureSet/0123456789ab").longValue()).isEqualTo(200);
        assertThat(json.at("/models/1/usesThisFeatureSet").booleanValue()).isTrue();
        assertThat(json.at("/models/1/champion").booleanValue()).isTrue();
        assertThat(json.at("/features/0/window/delayMillis").longValue()).isEqualTo(604_800_000);
        assertThat(json.at("/features/0/nullRate").doubleValue()).isEqualTo(0.015);
        assertThat(json.at("/features/0/distribution/median").doubleValue()).isEqualTo(12.3456);
        assertThat(json.at("/features/0/lineage/usedBy/0").textValue()).isEqualTo("ratio");
        assertThat(json.at("/features/1/window").isMissingNode()).isTrue();
        assertThat(json.at("/features/1/distribution/mostFrequent/1/text").textValue())
                .isEqualTo(HOSTILE);
    }

    @Test
    void shouldEscapeEverythingOnThePage() {
        String page = CataloguePage.of(CATALOGUE);

        assertThat(page)
                .doesNotContain("<script", "\u001b", "\u202e", "\u009b")
                .contains("&lt;script&gt;alert(&#39;&amp;?[2J??&lt;/script&gt;")
                .contains("default-src 'none'")
                .doesNotContain("http://", "https://", "src=");
    }

    private static Map<String, Long> top() {
        Map<String, Long> top = new LinkedHashMap<>();
        top.put("DE", 190L);
        top.put(HOSTILE, 9L);
        return top;
    }
}
