package io.freshet.benchmarks.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * A comma-separated file with a header, as it comes: no field of the data sets that it is for is quoted.
 *
 * @param columns by name
 * @param rows in the order of the file
 */
record Table(Map<String, Integer> columns, List<String[]> rows) {
    static Table read(Path gzipped) throws IOException {
        try (BufferedReader in = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(gzipped)), StandardCharsets.UTF_8))) {
            String header = in.readLine();
            if (header == null) {
                throw new IOException(gzipped + " is empty");
            }
            String[] names = header.split(",", -1);
            Map<String, Integer> columns = new HashMap<>();
            for (int i = 0; i < names.length; i++) {
                columns.put(names[i].strip(), i);
            }
            List<String[]> rows = new ArrayList<>();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] row = line.split(",", -1);
                if (row.length != names.length) {
                    throw new IOException(gzipped + ", row " + rows.size() + ": " + Arrays.toString(row));
                }
                rows.add(row);
            }
            return new Table(columns, rows);
        }
    }

    String text(int row, String column) {
        Integer at = columns.get(column);
        if (at == null) {
            throw new IllegalArgumentException("no column " + column + " among " + columns.keySet());
        }
        return rows.get(row)[at];
    }

    /** NaN where there is none. */
    double number(int row, String column) {
        String text = text(row, column);
        return text.isBlank() || text.equals("NA") ? Double.NaN : Double.parseDouble(text);
    }
}
