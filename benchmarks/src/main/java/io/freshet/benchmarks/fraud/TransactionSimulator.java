package io.freshet.benchmarks.fraud;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Transactions as the handbook's chapter 3 describes its simulated ones. Customers and terminals lie uniformly on a square;
 * a customer pays at the terminals within a radius of 5, Poisson(U(0, 4)) times a day, around noon (normal, sd 20,000
 * seconds), amounts normal with mean U(5, 100) and half of that as sd; where that is negative, uniform to twice the mean.
 * Fraud is every amount above 220; every payment in the 28 days after a terminal was compromised, two a day; and a
 * third of a customer's payments, five times the amount, in the 14 days after a customer was compromised, three a
 * day. The same seed gives the same transactions.
 */
final class TransactionSimulator {
    private static final double RADIUS = 5;
    private static final double LARGE = 220;
    private static final int TERMINAL_DAYS = 28;
    private static final int CUSTOMER_DAYS = 14;
    private static final int DAY = 86_400;

    /**
     * How large a world.
     *
     * @param side of the square
     * @param terminalsADay compromised each day, on average
     * @param customersADay compromised each day, on average
     * @param days from {@code start} on
     */
    record World(
            int customers,
            int terminals,
            double side,
            double terminalsADay,
            double customersADay,
            Instant start,
            int days) {
        /** The handbook's. */
        static World handbook(Instant start, int days) {
            return new World(5_000, 10_000, 100, 2, 3, start, days);
        }
    }

    private record Customer(int id, List<Integer> terminals, double mean, double daily) {}

    private record Payment(int day, long second, int customer, int terminal, double amount, boolean fraud) {
        Payment fraud(double times) {
            return new Payment(day, second, customer, terminal, amount * times, true);
        }
    }

    private final World world;
    private final RandomGenerator random;

    private TransactionSimulator(World world, long seed) {
        this.world = world;
        this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    /** All transactions, in order of time. */
    static List<Transaction> simulate(World world, long seed) {
        TransactionSimulator simulator = new TransactionSimulator(world, seed);
        List<Payment> payments = simulator.payments(simulator.customers());
        payments.replaceAll(payment -> payment.amount() > LARGE ? payment.fraud(1) : payment);
        simulator.compromiseTerminals(payments);
        simulator.compromiseCustomers(payments);
        return simulator.named(payments);
    }

    private List<Customer> customers() {
        double[][] terminals = new double[world.terminals()][];
        for (int i = 0; i < terminals.length; i++) {
            terminals[i] = place();
        }
        List<Customer> customers = new ArrayList<>();
        for (int i = 0; i < world.customers(); i++) {
            double[] home = place();
            List<Integer> near = new ArrayList<>();
            for (int j = 0; j < terminals.length; j++) {
                if (Math.hypot(terminals[j][0] - home[0], terminals[j][1] - home[1]) < RADIUS) {
                    near.add(j);
                }
            }
            customers.add(new Customer(i, near, random.nextDouble(5, 100), random.nextDouble(0, 4)));
        }
        return customers;
    }

    private double[] place() {
        return new double[] {random.nextDouble(world.side()), random.nextDouble(world.side())};
    }

    /** In order of time. */
    private List<Payment> payments(List<Customer> customers) {
        List<Payment> payments = new ArrayList<>();
        for (Customer customer : customers) {
            if (customer.terminals().isEmpty()) {
                continue;
            }
            for (int day = 0; day < world.days(); day++) {
                for (int left = poisson(customer.daily()); left > 0; left--) {
                    int second = (int) random.nextGaussian(DAY / 2.0, 20_000);
                    double amount = random.nextGaussian(customer.mean(), customer.mean() / 2);
                    if (amount < 0) {
                        amount = random.nextDouble(0, 2 * customer.mean());
                    }
                    int terminal = customer.terminals()
                            .get(random.nextInt(customer.terminals().size()));
                    if (second > 0 && second < DAY) {
                        double cents = Math.round(amount * 100) / 100.0;
                        payments.add(
                                new Payment(day, (long) day * DAY + second, customer.id(), terminal, cents, false));
                    }
                }
            }
        }
        payments.sort(Comparator.comparingLong(Payment::second));
        return payments;
    }

    /** Knuth's multiplication method (The Art of Computer Programming, volume 2, 3.4.1). */
    private int poisson(double mean) {
        double limit = Math.exp(-mean);
        int count = 0;
        for (double product = random.nextDouble(); product > limit; product *= random.nextDouble()) {
            count++;
        }
        return count;
    }

    private void compromiseTerminals(List<Payment> payments) {
        Map<Integer, Integer> until = new HashMap<>();
        int next = 0;
        for (int day = 0; day < world.days(); day++) {
            for (int each = of(day, world.terminalsADay()); each > 0; each--) {
                until.put(random.nextInt(world.terminals()), day + TERMINAL_DAYS);
            }
            for (; next < payments.size() && payments.get(next).day() == day; next++) {
                if (day < until.getOrDefault(payments.get(next).terminal(), 0)) {
                    payments.set(next, payments.get(next).fraud(1));
                }
            }
        }
    }

    private void compromiseCustomers(List<Payment> payments) {
        Map<Integer, Integer> until = new HashMap<>();
        int next = 0;
        for (int day = 0; day < world.days(); day++) {
            for (int each = of(day, world.customersADay()); each > 0; each--) {
                until.put(random.nextInt(world.customers()), day + CUSTOMER_DAYS);
            }
            for (; next < payments.size() && payments.get(next).day() == day; next++) {
                if (day < until.getOrDefault(payments.get(next).customer(), 0) && random.nextInt(3) == 0) {
                    payments.set(next, payments.get(next).fraud(5));
                }
            }
        }
    }

    /** How many whole ones a day brings at a rate that may be a fraction. */
    private static int of(int day, double rate) {
        return (int) (Math.floor((day + 1) * rate) - Math.floor(day * rate));
    }

    private List<Transaction> named(List<Payment> payments) {
        List<Transaction> transactions = new ArrayList<>(payments.size());
        for (Payment payment : payments) {
            transactions.add(new Transaction(
                    Integer.toString(transactions.size()),
                    world.start().toEpochMilli() + payment.second() * 1_000,
                    Integer.toString(payment.customer()),
                    Integer.toString(payment.terminal()),
                    payment.amount(),
                    payment.fraud()));
        }
        return transactions;
    }
}
