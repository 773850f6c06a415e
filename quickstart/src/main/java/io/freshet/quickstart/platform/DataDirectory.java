package io.freshet.quickstart.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * Where a platform keeps its files: a directory that stays, or a temporary one that is deleted on close. A lock file
 * keeps a second platform out for as long as this one is open.
 */
public final class DataDirectory implements AutoCloseable {
    private static final int DELETE_ATTEMPTS = 5;

    private final Path path;
    private final boolean temporary;
    private final FileChannel lock;

    private DataDirectory(Path path, boolean temporary) throws IOException {
        this.path = path;
        this.temporary = temporary;
        this.lock = lock(path);
    }

    /** Opens a directory that stays, making it when it is not there. */
    public static DataDirectory kept(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        try {
            Files.createDirectories(absolute);
            return new DataDirectory(absolute, false);
        } catch (IOException e) {
            throw new PlatformException("cannot use data directory " + absolute + ": " + e, e);
        }
    }

    /** Makes a directory that {@link #close()} deletes. */
    public static DataDirectory temporary() {
        try {
            return new DataDirectory(Files.createTempDirectory("freshet-"), true);
        } catch (IOException e) {
            throw new PlatformException("cannot make a temporary data directory: " + e, e);
        }
    }

    public Path path() {
        return path;
    }

    public boolean isTemporary() {
        return temporary;
    }

    /** A directory inside this one, made when it is not there. */
    Path directory(String name) {
        try {
            return Files.createDirectories(path.resolve(name));
        } catch (IOException e) {
            throw new PlatformException("cannot make directory " + path.resolve(name) + ": " + e, e);
        }
    }

    @Override
    public void close() {
        try {
            lock.close();
            if (temporary) {
                delete();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close data directory " + path, e);
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        FileChannel channel =
                FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        @Nullable FileLock held = null;
        try {
            held = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // Held by this very JVM: told to the caller below, as for any other holder.
        } finally {
            if (held == null) {
                channel.close();
            }
        }
        if (held == null) {
            throw new PlatformException("data directory " + path + " is in use by another platform");
        }
        return channel;
    }

    /** Deletes the tree; threads that are just ending may still add a file to it, hence more than one attempt. */
    private void delete() throws IOException {
        for (int attempt = 1; Files.exists(path); attempt++) {
            try {
                Files.walkFileTree(path, new Deleter());
            } catch (IOException e) {
                if (attempt == DELETE_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static final class Deleter extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
            if (failure instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw failure;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) throws IOException {
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}
