package io.freshet.card;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.card.Chart.Point;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CardFormatsTest {
    private static final ModelCard CARD = Cards.card();

    @Test
    void shouldWriteJsonThatHoldsAll() throws Exception {
        String text = CardJson.of(CARD);
        JsonNode json = new ObjectMapper().readTree(text);

        assertThat(text.codePoints()).allMatch(c -> c == '\n' || (c >= ' ' && c < 127));
        assertThat(json.at("/status").textValue()).isEqualTo("champion");
        assertThat(json.at("/data/ranges/0/toOffset").longValue()).isEqualTo(1_100);
        assertThat(json.at("/data/label/definition").textValue()).endsWith("</script>'");
        assertThat(json.at("/data/otherFeatureSetRows").longValue()).isEqualTo(100);
        assertThat(json.at("/data/streamAt").textValue()).isEqualTo("2026-01-02T02:04:05Z");
        assertThat(json.at("/model/calibration/method").textValue()).isEqualTo("platt");
        assertThat(json.at("/model/calibration/tried/kept").booleanValue()).isTrue();
        assertThat(json.at("/model/hyperparameters/l2").textValue()).isEqualTo("0.01");
        assertThat(json.at("/model/features/0/importance").doubleValue()).isEqualTo(0.125);
        assertThat(json.at("/model/features/1/columns").intValue()).isEqualTo(3);
        assertThat(json.at("/evaluation/model/metrics/0/low").doubleValue()).isEqualTo(0.75);
        assertThat(json.at("/evaluation/model/metrics/1/low").isNull())
                .as("NaN is no JSON")
                .isTrue();
        assertThat(json.at("/evaluation/model/confusion/falseNegatives").longValue())
                .isEqualTo(8);
        assertThat(json.at("/evaluation/championBefore/metrics/0/value").doubleValue())
                .isEqualTo(0.7);
        assertThat(json.at("/evaluation/comparison/0/probabilityBetter").doubleValue())
                .isEqualTo(0.99);
        assertThat(json.at("/evaluation/slices/0/model/rows").longValue()).isEqualTo(200);
        assertThat(json.at("/evaluation/curve/1/falsePositiveRate").doubleValue())
                .isEqualTo(0.1);
        assertThat(json.at("/evaluation/reliability/1/positiveShare").doubleValue())
                .isEqualTo(0.09);
        assertThat(json.at("/evaluation/candidates/1/error").textValue()).startsWith("NOT_FITTED");
        assertThat(json.at("/evaluation/foldMeans/roc-auc").doubleValue()).isEqualTo(0.77);
        assertThat(json.at("/gate/passed").booleanValue()).isTrue();
        assertThat(json.at("/gate/rules/1/rule").textValue()).isEqualTo("minimum roc-auc");
        assertThat(json.at("/lineage/request/alertId").textValue()).isEqualTo("a1");
        assertThat(json.at("/lineage/championBefore").intValue()).isEqualTo(1);
        assertThat(json.at("/lineage/bundle/sha256").textValue()).isEqualTo("ab12");
    }

    @Test
    void shouldEscapeEverythingOnThePage() {
        String page = CardPage.of(CARD);

        assertThat(page)
                .doesNotContain("<script", "\u001b", "\u202e", "\u009b")
                .contains("&lt;script&gt;alert(&#39;&amp;?[2J??&lt;/script&gt;")
                .contains("default-src 'none'")
                .doesNotContain("http://", "https://", "src=");
    }

    @Test
    void shouldShowEverySectionOnThePage() {
        String page = CardPage.of(CARD);

        assertThat(page)
                .contains("<h1>cards, version 2<span class=\"tag status champion\">champion</span></h1>")
                .contains("platt brought the log loss from 0.5 to 0.45, for the better in 97.0 % of resamples")
                .contains("700 rows, judged on the 200 that followed, 10.0 % of them positive")
                .contains("passed all 2 rules")
                .contains("12 positives found and 8 missed; 18 false alarms and 162 negatives left alone")
                .contains("<td class=\"n\"><span class=\"good\">99.0 %</span></td>")
                .contains(
                        "aria-label=\"ROC curve\"",
                        "aria-label=\"Precision-recall curve\"",
                        "aria-label=\"Calibration\"")
                .contains("<span>amount</span><i style=\"width:100.0%\"></i><span>0.125</span>")
                .contains("<span>country</span><i style=\"width:0.0%\"></i><span>-0.001</span>")
                .contains("<b>logistic-regression</b>", "Rolling origins", "DRIFT", "amount moved from 1 to 2")
                .contains("<code>cards.examples</code> partition 0, offsets 100 to 1100");
    }

    @Test
    void shouldMakeDoWithoutTheRun() throws Exception {
        ModelCard bare = new ModelCard(
                CARD.model(), CARD.bundle(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

        assertThat(CardPage.of(bare))
                .contains("its run is no longer on the log", "not serving", "cards.examples")
                .doesNotContain("<h2>Gate");
        JsonNode json = new ObjectMapper().readTree(CardJson.of(bare));
        assertThat(json.at("/status").textValue()).isEqualTo("registered");
        assertThat(json.at("/evaluation").isMissingNode()).isTrue();
    }

    @Test
    void shouldTellHowSeveralClassesAreCalibrated() throws Exception {
        ModelCard card = new ModelCard(
                CARD.model(), Cards.bundleOfClasses(), CARD.run(), CARD.request(), CARD.label(), CARD.deployment());

        JsonNode json = new ObjectMapper().readTree(CardJson.of(card));

        assertThat(json.at("/model/calibration/method").textValue()).isEqualTo("temperature");
        assertThat(json.at("/model/calibration/temperature").doubleValue()).isEqualTo(1.5);
        assertThat(json.at("/model/calibration/tried/kept").booleanValue()).isTrue();
        assertThat(CardPage.of(card)).contains("the most probable of ham, spam", "calibrated by a temperature of 1.5:");
    }

    @Test
    void shouldDrawPointsWhereTheyBelong() {
        String chart = Chart.of("c", "x", "y")
                .line(List.of(new Point(0, 0), new Point(1, 1)))
                .dot(new Point(0.5, 2), "tip")
                .svg();

        assertThat(chart)
                .contains("points=\"44.0,226.0 260.0,10.0 \"")
                .as("what lies outside is drawn at the edge")
                .contains("cx=\"152.0\" cy=\"10.0\"");
    }

    @Test
    void shouldGiveSmallSharesRoom() {
        List<Point> rare = List.of(new Point(0.004, 0.011));

        assertThat(Chart.around("c", "x", "y", rare).line(rare).svg())
                .contains(">0.02</text>")
                .contains("points=\"87.2,107.2 \"");
        assertThat(Chart.around("c", "x", "y", List.of()).svg()).contains(">1</text>");
    }
}
