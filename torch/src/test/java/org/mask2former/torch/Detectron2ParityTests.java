package org.mask2former.torch;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mask2former.Fixtures;
import org.mask2former.checkpoint.ModelFiles;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;

/** The original implementation's checkpoints, architecture inferred, give the original's numbers. */
class Detectron2ParityTests {
    @ParameterizedTest
    @CsvSource({"d2-swin-tiny, model_final.pkl", "d2-swin-tiny, model_final_torch.pth", "d2-resnet50, model_final.pkl"})
    void everyStageEqualsTheOriginal(String fixture, String file) {
        Torch.load();
        try (ModelFiles model = ModelFiles.open(Fixtures.path(fixture + "/" + file));
                Weights expected = Safetensors.open(Fixtures.path(fixture + "/expected.safetensors"))) {
            NetworkParityTests.check(model.config(), model.weights(), expected, "backbone.res", 2);
        }
    }
}
