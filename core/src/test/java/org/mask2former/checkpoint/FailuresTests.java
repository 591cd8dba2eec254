package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class FailuresTests {
    @Test
    void aFullDiskIsAClearLine() {
        Path target = Path.of("model.safetensors");
        FileSystemException full = new FileSystemException(target.toString(), null, "No space left on device");
        assertThat(Failures.unwritable(target, full))
                .hasMessage("cannot write " + target
                        + ": No space left on device; check the free space and the folder's permissions");
    }
}
