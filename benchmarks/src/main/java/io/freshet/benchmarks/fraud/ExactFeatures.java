package io.freshet.benchmarks.fraud;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The handbook's features read off the raw transactions, by the windows' definition and nothing else: a window of length w
 * ends at t, included, and starts at t - w, excluded; for terminals t is a week before the row. Shares no code with the
 * feature topology.
 */
final class ExactFeatures {
    private static final int[] DAYS = {1, 7, 30};

    private final List<Transaction> transactions;
    private final Map<String, List<Integer>> ofCustomer = new HashMap<>();
    private final Map<String, List<Integer>> ofTerminal = new HashMap<>();

    /**
     * Of transactions.
     *
     * @param transactions in order of time
     */
    ExactFeatures(List<Transaction> transactions) {
        this.transactions = transactions;
        for (int i = 0; i < transactions.size(); i++) {
            ofCustomer
                    .computeIfAbsent(transactions.get(i).customer(), key -> new ArrayList<>())
                    .add(i);
            ofTerminal
                    .computeIfAbsent(transactions.get(i).terminal(), key -> new ArrayList<>())
                    .add(i);
        }
    }

    /** A transaction's features, by their names in the pipeline file; the risk of a terminal without payments is 0. */
    Map<String, Double> of(int index) {
        Transaction row = transactions.get(index);
        LocalDateTime at = LocalDateTime.ofInstant(Instant.ofEpochMilli(row.time()), ZoneOffset.UTC);
        Map<String, Double> features = new LinkedHashMap<>();
        features.put("amount", row.amount());
        features.put("weekend", at.getDayOfWeek().getValue() > 5 ? 1.0 : 0.0);
        features.put("night", at.getHour() <= 6 ? 1.0 : 0.0);
        for (int days : DAYS) {
            double sum = 0;
            int count = 0;
            for (int other : ofCustomer.getOrDefault(row.customer(), List.of())) {
                long time = transactions.get(other).time();
                if (other <= index && time > row.time() - Duration.ofDays(days).toMillis()) {
                    sum += transactions.get(other).amount();
                    count++;
                }
            }
            features.put("customer_payments_" + days + "d", (double) count);
            features.put("customer_mean_amount_" + days + "d", sum / count);
        }
        long end = row.time() - Transaction.LABEL_DELAY.toMillis();
        for (int days : DAYS) {
            int count = 0;
            int frauds = 0;
            for (int other : ofTerminal.getOrDefault(row.terminal(), List.of())) {
                long time = transactions.get(other).time();
                if (time <= end && time > end - Duration.ofDays(days).toMillis()) {
                    count++;
                    frauds += transactions.get(other).fraud() ? 1 : 0;
                }
            }
            features.put("terminal_payments_" + days + "d", (double) count);
            features.put("terminal_risk_" + days + "d", count == 0 ? 0 : (double) frauds / count);
        }
        return features;
    }
}
