package org.mask2former.cli;

import java.util.Optional;
import org.mask2former.Compat;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.ModelFiles;
import org.mask2former.image.Preprocessor;
import org.mask2former.image.PreprocessorConfig;
import org.mask2former.image.TestSize;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How pictures are brought to the network's size: {@code --compat} and {@code --size}. */
final class SizeOptions {
    @Option(
            names = "--compat",
            completionCandidates = LowerCase.RuleBooks.class,
            paramLabel = "RULES",
            defaultValue = "paper",
            order = 10,
            description = "Rule book of pre- and post-processing: paper, which gives the published numbers, or hf, as"
                    + " Transformers does (default: ${DEFAULT-VALUE}).")
    private Compat compat = Compat.PAPER;

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            order = 11,
            converter = SizeConverter.class,
            description =
                    "Size the network sees: WIDTHxHEIGHT, SHORTEST/LONGEST or SHORTEST (default: the published test"
                            + " size of the model's data set; with --compat hf the checkpoint's own).")
    private Optional<TestSize> size = Optional.empty();

    Compat compat() {
        return compat;
    }

    Optional<TestSize> size() {
        return size;
    }

    /** What makes the network's input of a picture. */
    Preprocessor preprocessor(ModelFiles model) {
        PreprocessorConfig config =
                model.preprocessorJson().map(PreprocessorConfig::read).orElse(PreprocessorConfig.DEFAULT);
        return Preprocessor.forModel(
                config,
                compat,
                size,
                model.config().labels(),
                model.config().backbone().displayName());
    }

    static final class SizeConverter implements ITypeConverter<TestSize> {
        @Override
        public TestSize convert(String value) {
            try {
                return TestSize.parse(value);
            } catch (Mask2FormerException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            }
        }
    }
}
