package io.freshet.quickstart.dataset;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/** A file that is there as a whole or not at all. */
final class WholeFile {
    /** Writes a file's content. */
    @FunctionalInterface
    interface Content {
        void write(Path file) throws IOException;
    }

    private WholeFile() {}

    /**
     * Writes beside the file under another name, and gives it its own only when everything is there. A file of that name is
     * replaced then and stays as it is before.
     *
     * @throws IOException when it cannot be written; nothing is left behind
     */
    static void write(Path file, Content content) throws IOException {
        // With the permissions of any other file, which a temporary file would not have.
        Path part = Files.createFile(file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".part"));
        try {
            content.write(part);
            try {
                Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
            }
        } finally {
            Files.deleteIfExists(part);
        }
    }
}
