package org.mask2former.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.NativeLibrary;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.Mask2FormerException;

/** Kernels compile where NVIDIA's run-time compiler is, which needs no GPU. */
class CudaKernelTests {
    @BeforeAll
    static void compiler() {
        boolean found;
        try {
            NativeLibrary.getInstance("libnvrtc.so.13");
            found = true;
        } catch (UnsatisfiedLinkError e) {
            found = false;
        }
        assumeTrue(found, "NVRTC (libnvrtc.so.13) is not on the library path");
    }

    @ParameterizedTest
    @CsvSource({"FLOAT, sm_75", "BFLOAT16, sm_80", "HALF, sm_90", "BFLOAT16, sm_90"})
    void deformableAttentionCompiles(String number, String architecture) {
        byte[] code = CudaKernel.compile(CudaAttention.source(), "deformable_attention", architecture, number);
        assertThat(code).startsWith(0x7f, 'E', 'L', 'F');
    }

    @ParameterizedTest
    @ValueSource(strings = "extern \"C\" __global__ void broken(int* x) { *x = nothing; }")
    void whatDoesNotCompileSaysWhere(String source) {
        assertThatThrownBy(() -> CudaKernel.compile(source, "broken", "sm_80", "FLOAT"))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("broken.cu(1)")
                .hasMessageContaining("nothing");
    }
}
