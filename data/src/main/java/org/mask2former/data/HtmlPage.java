package org.mask2former.data;

/** The frame of the pages that are written: one file, no scripts, readable on a phone and in the dark. */
final class HtmlPage {
    private HtmlPage() {}

    static String of(String title, String body) {
        return """
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>%s</title>
                <style>
                :root { color-scheme: light dark; }
                body { font-family: system-ui, sans-serif; max-width: 110rem; margin: 1rem auto; padding: 0 1rem; }
                img { max-width: 100%%; margin: .3rem 0; }
                pre { overflow-x: auto; }
                table { border-collapse: collapse; }
                td, th { padding: .15rem .8rem; text-align: right; }
                td:first-child, th:first-child { text-align: left; }
                </style>
                </head>
                <body>
                <h1>%s</h1>
                %s</body>
                </html>
                """.formatted(escape(title), escape(title), body);
    }

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
