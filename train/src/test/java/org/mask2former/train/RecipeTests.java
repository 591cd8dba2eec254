package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mask2former.Fixtures;

class RecipeTests {
    static List<Path> recipes() throws IOException {
        Path folder = Fixtures.root().resolve("recipes");
        try (Stream<Path> whole = Files.list(folder);
                Stream<Path> parts = Files.list(folder.resolve("parts"))) {
            return Stream.concat(whole, parts)
                    .filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("recipes")
    void everyRecipeOfTheProjectCanBeReadAndNamesADataSetThatIsThere(Path recipe) {
        TrainingConfig config = TrainingConfigFile.read(recipe, Map.of());
        assertThat(recipe.getFileName()).hasToString(config.name() + ".yaml");
        assertThat(config.data()).exists();
    }
}
