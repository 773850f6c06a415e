package io.freshet.benchmarks.fraud;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The handbook's card precision at k (chapter 4): each day, the share of frauded cards among the k whose most suspicious
 * payment scores highest; a card that was found on one day is not looked at on the days after it; the mean over the days.
 */
final class CardPrecision {
    /** A payment that was scored. */
    record Scored(long day, String customer, boolean fraud, double score) {}

    private record Card(String customer, boolean fraud, double score) {
        Card with(Scored payment) {
            return new Card(customer, fraud || payment.fraud(), Math.max(score, payment.score()));
        }
    }

    private CardPrecision() {}

    /**
     * Computes it.
     *
     * @param k cards that can be looked into a day, at least 1
     * @param payments at least one
     */
    static double at(int k, List<Scored> payments) {
        Map<Long, Map<String, Card>> days = new TreeMap<>();
        for (Scored payment : payments) {
            days.computeIfAbsent(payment.day(), day -> new HashMap<>())
                    .merge(
                            payment.customer(),
                            new Card(payment.customer(), payment.fraud(), payment.score()),
                            (card, ignored) -> card.with(payment));
        }
        Set<String> found = new HashSet<>();
        double sum = 0;
        for (Map<String, Card> day : days.values()) {
            List<String> today = day.values().stream()
                    .filter(card -> !found.contains(card.customer()))
                    .sorted(Comparator.comparingDouble(Card::score).reversed().thenComparing(Card::customer))
                    .limit(k)
                    .filter(Card::fraud)
                    .map(Card::customer)
                    .toList();
            sum += (double) today.size() / k;
            found.addAll(today);
        }
        return sum / days.size();
    }
}
