package org.mask2former.cli;

import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;

/** What came of a command line that was run inside the test's process. */
record Run(int code, String out, String err) {
    static Run of(String... args) {
        return with(Map.of(), new byte[0], args);
    }

    static Run with(Map<String, String> environment, String... args) {
        return with(environment, new byte[0], args);
    }

    static Run with(Map<String, String> environment, byte[] in, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(in), new PrintWriter(out), new PrintWriter(err), environment, false);
        int code = Cli.run(terminal, args);
        return new Run(code, out.toString(), err.toString());
    }
}
