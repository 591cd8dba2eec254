package org.mask2former.image;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The formats that are read, told apart by how a file begins, whatever its name. */
enum PictureFormat {
    JPEG,
    PNG,
    WEBP,
    TIFF,
    BMP,
    GIF;

    private static final String SUPPORTED = "JPEG, PNG, WebP, TIFF, BMP and GIF are read";

    /** @throws BadPicture if it is none of them, which says what the file seems to be, and what to do */
    static PictureFormat of(byte[] data) throws BadPicture {
        if (data.length == 0) {
            throw new BadPicture("it is empty (0 bytes); copy or download it again");
        }
        if (begins(data, 0, "\u00FF\u00D8\u00FF")) {
            return JPEG;
        }
        if (begins(data, 0, "\u0089PNG\r\n\u001A\n")) {
            return PNG;
        }
        if (begins(data, 0, "RIFF") && begins(data, 8, "WEBP")) {
            return WEBP;
        }
        if (begins(data, 0, "II*\0")
                || begins(data, 0, "MM\0*")
                || begins(data, 0, "II+\0")
                || begins(data, 0, "MM\0+")) {
            return TIFF;
        }
        if (begins(data, 0, "GIF87a") || begins(data, 0, "GIF89a")) {
            return GIF;
        }
        // Two letters are little evidence; the length of the header that follows is more.
        if (begins(data, 0, "BM") && data.length > 17 && data[14] >= 12 && data[15] == 0 && data[16] == 0) {
            return BMP;
        }
        throw new BadPicture(ImageException.Kind.UNKNOWN_FORMAT, "it is " + guess(data) + "; " + SUPPORTED);
    }

    private static String guess(byte[] data) {
        String text = new String(data, 0, Math.min(data.length, 512), StandardCharsets.ISO_8859_1);
        String head = text.replace("\u00EF\u00BB\u00BF", "").stripLeading().toLowerCase(Locale.ROOT);
        if (head.startsWith("<!doctype html") || head.startsWith("<html") || head.startsWith("<head")) {
            return "a web page (perhaps an error or log-in page that was saved as a picture)";
        }
        if (head.contains("<svg")) {
            return "an SVG drawing";
        }
        if (head.startsWith("version https://git-lfs")) {
            return "a Git LFS pointer, not the picture itself (fetch it with 'git lfs pull')";
        }
        if (head.startsWith("%pdf")) {
            return "a PDF document";
        }
        if (begins(data, 4, "ftyp")) {
            return switch (text.substring(8, Math.min(12, text.length()))) {
                case "heic", "heix", "mif1", "msf1", "hevc" -> "a HEIC picture";
                case "avif", "avis" -> "an AVIF picture";
                default -> "a video";
            };
        }
        if (begins(data, 4, "jP  ") || begins(data, 0, "\u00FFO\u00FFQ")) {
            return "a JPEG 2000 picture";
        }
        if (begins(data, 0, "\u00FF\n") || begins(data, 4, "JXL ")) {
            return "a JPEG XL picture";
        }
        if (begins(data, 0, "8BPS")) {
            return "a Photoshop document";
        }
        if (begins(data, 0, "PK\u0003\u0004")) {
            return "a ZIP archive (unpack it first)";
        }
        if (begins(data, 0, "\u001F\u008B")) {
            return "compressed with gzip (unpack it first)";
        }
        if (text.length() > 2 && text.charAt(0) == 'P' && text.charAt(1) >= '1' && text.charAt(1) <= '7') {
            return "a Netpbm picture";
        }
        return "no picture of a known format";
    }

    private static boolean begins(byte[] data, int at, String magic) {
        if (data.length < at + magic.length()) {
            return false;
        }
        for (int i = 0; i < magic.length(); i++) {
            if ((data[at + i] & 0xFF) != magic.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
