package io.freshet.benchmarks.fraud;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * Reads the handbook's transactions as CSV, gzipped where the name ends in {@code .gz}: a header, then {@code
 * TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD}, in order of time; further columns are not read.
 */
final class TransactionFile {
    private static final String HEADER = "TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD";
    private static final int COLUMNS = 6;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss");

    private TransactionFile() {}

    /**
     * Reads all of it.
     *
     * @throws IOException when it cannot be read, naming the line where one is wrong
     */
    static List<Transaction> read(Path file) throws IOException {
        List<Transaction> transactions = new ArrayList<>();
        // One string for each customer and terminal, however many payments they have.
        Map<String, String> names = new HashMap<>();
        try (InputStream raw = Files.newInputStream(file);
                InputStream plain = file.toString().endsWith(".gz") ? new GZIPInputStream(raw, 65_536) : raw;
                BufferedReader lines = new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8))) {
            String header = lines.readLine();
            if (header == null || !(header + ",").startsWith(HEADER + ",")) {
                throw new IOException(file + ":1: must start with the columns " + HEADER);
            }
            long before = Long.MIN_VALUE;
            int number = 1;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                Transaction transaction = parse(file, number, line, names);
                if (transaction.time() < before) {
                    throw new IOException(file + ":" + number + ": is earlier than the line before it");
                }
                before = transaction.time();
                transactions.add(transaction);
            }
        }
        return transactions;
    }

    private static Transaction parse(Path file, int number, String line, Map<String, String> names) throws IOException {
        String[] parts = line.split(",", -1);
        try {
            if (parts.length >= COLUMNS && (parts[5].equals("0") || parts[5].equals("1"))) {
                double amount = Double.parseDouble(parts[4]);
                if (amount >= 0 && amount <= Float.MAX_VALUE) {
                    long time = LocalDateTime.parse(parts[1], TIME)
                            .toInstant(ZoneOffset.UTC)
                            .toEpochMilli();
                    return new Transaction(
                            parts[0],
                            time,
                            names.computeIfAbsent(parts[2], name -> name),
                            names.computeIfAbsent(parts[3], name -> name),
                            amount,
                            parts[5].equals("1"));
                }
            }
        } catch (DateTimeException | NumberFormatException e) {
            throw new IOException(file + ":" + number + ": '" + line + "' is no transaction", e);
        }
        throw new IOException(file + ":" + number + ": '" + line + "' is no transaction");
    }
}
