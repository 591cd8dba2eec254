package org.mask2former;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Where tests find the golden values, which travel with the project, and the real pictures, which do not. */
public final class Fixtures {
    private Fixtures() {}

    /** A file or folder below the project's {@code fixtures/}. */
    public static Path path(String name) {
        Path found = root().resolve("fixtures").resolve(name);
        if (!Files.exists(found)) {
            throw new IllegalStateException("no fixture " + found);
        }
        return found;
    }

    /**
     * A file or folder below {@code shared/data}, beside or inside the checkout, or empty where there is none. Tests skip
     * visibly then: {@code assumeThat(Fixtures.data("…")).isPresent()}.
     */
    public static Optional<Path> data(String name) {
        Path root = root();
        for (Path base : new Path[] {root, root.resolveSibling("shared").getParent()}) {
            Path found = base.resolve("shared/data").resolve(name);
            if (Files.exists(found)) {
                return Optional.of(found);
            }
        }
        return Optional.empty();
    }

    /** The project's root: the folder with {@code mvnw}, upwards from the working directory. */
    public static Path root() {
        for (Path p = Path.of("").toAbsolutePath(); p != null; p = p.getParent()) {
            if (Files.exists(p.resolve("mvnw"))) {
                return p;
            }
        }
        throw new IllegalStateException("the tests do not run inside the project's checkout");
    }
}
