package io.freshet.trainer.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.trainer.Seeds;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ContentHashTest {
    @Test
    void shouldBeTheHashThatOthersCompute() {
        ContentHash hash = new ContentHash();
        hash.add(1, 7, "k".getBytes(), new byte[] {0, 1, -1});
        hash.add(1, 9, null, null);

        // python3: sha256(pack('>iq', 1, 7) + pack('>i', 1) + b'k' + pack('>i', 3) + b'\x00\x01\xff'
        //          + pack('>iq', 1, 9) + pack('>i', -1) + pack('>i', -1))
        assertThat(hash.hex()).isEqualTo("2d346dfff9b8896b51b1ceecb24da6e2da1e66cbf9e82a4f7139f4b36aa8e207");
        assertThat(hash.hex()).as("of nothing").isEqualTo(hex(new byte[0]));
    }

    @Test
    void shouldHashTheDocumentedBytesInOrder() {
        Seeds.each(200, random -> {
            ContentHash hash = new ContentHash();
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            DataOutputStream documented = new DataOutputStream(all);
            int records = random.nextInt(20);
            for (int i = 0; i < records; i++) {
                int partition = random.nextInt(3);
                long offset = random.nextLong();
                byte[] key = bytes(random);
                byte[] value = bytes(random);
                hash.add(partition, offset, key, value);
                try {
                    documented.writeInt(partition);
                    documented.writeLong(offset);
                    write(documented, key);
                    write(documented, value);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }

            assertThat(hash.hex()).isEqualTo(hex(all.toByteArray()));
        });
    }

    private static byte @Nullable [] bytes(Random random) {
        if (random.nextInt(4) == 0) {
            return null;
        }
        byte[] bytes = new byte[random.nextInt(200)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void write(DataOutputStream out, byte @Nullable [] bytes) throws IOException {
        if (bytes == null) {
            out.writeInt(-1);
        } else {
            out.writeInt(bytes.length);
            out.write(bytes);
        }
    }

    private static String hex(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
