package org.mask2former.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** What was built: the program's own version and that of the libtorch it runs on. */
record Version(String program, String libtorch) {
    static Version read() {
        try (InputStream in = Version.class.getResourceAsStream("/version.properties")) {
            if (in == null) {
                throw new IllegalStateException("version.properties is not in the jar");
            }
            Properties properties = new Properties();
            properties.load(in);
            return new Version(properties.getProperty("version"), properties.getProperty("libtorch"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
