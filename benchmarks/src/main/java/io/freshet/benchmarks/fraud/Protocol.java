package io.freshet.benchmarks.fraud;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The handbook's periods: a week to train on, a week of waiting for its labels, a week to test on. Payments of a customer
 * are left out of a test day when a fraud on that customer was known before the day began: one of the training week, or one
 * of a week and a day or more earlier.
 *
 * @param train ids of the training week's transactions
 * @param test those of the test week that are judged
 * @param all those of the test week, known customers included
 */
record Protocol(Set<String> train, Set<String> test, Set<String> all) {
    static final Instant TRAIN_FROM = Instant.parse("2018-07-25T00:00:00Z");
    static final Duration WEEK = Duration.ofDays(7);
    static final Instant TRAIN_TO = TRAIN_FROM.plus(WEEK);
    static final Instant TEST_FROM = TRAIN_TO.plus(Transaction.LABEL_DELAY);
    static final Instant TEST_TO = TEST_FROM.plus(WEEK);

    /** The longest window, its delay and a few days: what is earlier changes no feature of the training week. */
    static final Instant NEEDED_FROM = TRAIN_FROM.minus(Duration.ofDays(40));

    static Protocol of(List<Transaction> transactions) {
        Set<String> train = new HashSet<>();
        Set<String> test = new HashSet<>();
        Set<String> all = new HashSet<>();
        Set<String> known = new HashSet<>();
        int next = 0;
        for (Transaction transaction : transactions) {
            if (within(transaction, TRAIN_FROM, TRAIN_TO)) {
                train.add(transaction.id());
            }
            if (within(transaction, TEST_FROM, TEST_TO)) {
                long today = day(transaction.time());
                for (; day(transactions.get(next).known()) < today; next++) {
                    Transaction earlier = transactions.get(next);
                    if (earlier.fraud() && earlier.time() >= TRAIN_FROM.toEpochMilli()) {
                        known.add(earlier.customer());
                    }
                }
                all.add(transaction.id());
                if (!known.contains(transaction.customer())) {
                    test.add(transaction.id());
                }
            }
        }
        return new Protocol(train, test, all);
    }

    private static boolean within(Transaction transaction, Instant from, Instant to) {
        return transaction.time() >= from.toEpochMilli() && transaction.time() < to.toEpochMilli();
    }

    private static long day(long time) {
        return Math.floorDiv(time, Duration.ofDays(1).toMillis());
    }
}
