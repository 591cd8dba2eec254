package org.mask2former.cli;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.mask2former.checkpoint.ModelFiles;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.image.Geometry;
import org.mask2former.image.Image;
import org.mask2former.image.PixelValues;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mask2former preprocess}. */
@Command(
        name = "preprocess",
        description = "Write what the network would see of a picture, for comparison with other implementations.",
        footer = {
            "",
            "The file has pixel_values, float32 [1, 3, H, W], and pixel_mask, uint8 [1, H, W]: 1 where the picture is,"
                    + " 0 where it was padded."
        })
final class PreprocessCommand extends TerminalCommand {
    @Mixin
    private ModelOption model;

    @Option(
            names = {"-s", "--source"},
            required = true,
            paramLabel = "PICTURE",
            order = 2,
            description = "A picture file, a URL, or - for standard input.")
    private String source;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "FILE",
            order = 3,
            description = "The safetensors file to write.")
    private Path output;

    @Mixin
    private SizeOptions size;

    PreprocessCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        Image image = Sources.one(source, terminal.in(), new UrlPictures(this::hubSettings))
                .read();
        try (ModelFiles files = model.open(terminal, hubSettings())) {
            Safetensors.write(output, tensors(size.preprocessor(files).prepare(image)));
        }
        return ExitCode.OK;
    }

    private static Map<String, HostTensor> tensors(PixelValues input) {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        tensors.put("pixel_values", HostTensor.of(input.values(), 1, 3, input.height(), input.width()));
        tensors.put("pixel_mask", mask(input.geometries().get(0)));
        return tensors;
    }

    private static HostTensor mask(Geometry geometry) {
        byte[] mask = new byte[geometry.inputHeight() * geometry.inputWidth()];
        for (int y = 0; y < geometry.validHeight(); y++) {
            int row = y * geometry.inputWidth();
            Arrays.fill(mask, row, row + geometry.validWidth(), (byte) 1);
        }
        return HostTensor.of(
                DType.U8, new int[] {1, geometry.inputHeight(), geometry.inputWidth()}, ByteBuffer.wrap(mask));
    }
}
