package org.mask2former.checkpoint;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a zip archive that compresses nothing, as regions of the file: PyTorch writes such archives so that
 * tensors can be mapped, which {@link java.util.zip.ZipFile} cannot do. Compressed, encrypted and overlapping entries are
 * refused, and nothing is unpacked, so an archive cannot become larger than it is.
 *
 * <p>The format: PKWARE's APPNOTE.TXT, with the zip64 extension.
 */
final class StoredZip {
    private static final int LOCAL_HEADER = 0x04034b50;
    private static final int CENTRAL_HEADER = 0x02014b50;
    private static final int END = 0x06054b50;
    private static final int END_64 = 0x06064b50;
    private static final int END_64_LOCATOR = 0x07064b50;
    private static final int END_LENGTH = 22;
    private static final int MAX_COMMENT = 0xffff;
    private static final int ZIP64_EXTRA = 1;
    private static final long IN_ZIP64 = 0xffffffffL;

    private final ByteSource file;
    private final Path path;

    private record Directory(long offset, long length, long entries) {}

    private record Entry(String name, long header, long length) {}

    private StoredZip(ByteSource file) {
        this.file = file;
        this.path = file.path();
    }

    /**
     * The entries' bytes by name, in the order of the archive.
     *
     * @throws CheckpointException if there is any doubt
     */
    static Map<String, ByteSource> entries(ByteSource file) {
        return new StoredZip(file).read();
    }

    private Map<String, ByteSource> read() {
        Directory directory = directory();
        if (directory.offset() < 0
                || directory.length() < 0
                || directory.length() > file.size() - directory.offset()
                || directory.length() > Integer.MAX_VALUE
                || directory.entries() > directory.length() / 46) {
            throw damaged("its table of contents lies outside of the file");
        }
        ByteBuffer table = file.slice(directory.offset(), directory.length());
        List<Entry> entries = new ArrayList<>();
        try {
            for (long i = 0; i < directory.entries(); i++) {
                entries.add(centralHeader(table));
            }
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
            throw damaged("its table of contents ends too early");
        }
        Map<String, ByteSource> found = new LinkedHashMap<>();
        for (Entry entry : entries) {
            if (found.put(entry.name(), data(entry)) != null) {
                throw damaged("it has two entries " + entry.name());
            }
        }
        refuseOverlaps(entries, found, directory.offset());
        return found;
    }

    private Directory directory() {
        long from = Math.max(0, file.size() - END_LENGTH - MAX_COMMENT);
        ByteBuffer tail = file.slice(from, file.size() - from);
        for (int at = tail.limit() - END_LENGTH; at >= 0; at--) {
            if (tail.getInt(at) == END && (tail.getShort(at + 20) & 0xffff) == tail.limit() - END_LENGTH - at) {
                if (at >= 20 && tail.getInt(at - 20) == END_64_LOCATOR) {
                    return directory64(tail.getLong(at - 12));
                }
                return new Directory(
                        tail.getInt(at + 16) & IN_ZIP64,
                        tail.getInt(at + 12) & IN_ZIP64,
                        tail.getShort(at + 10) & 0xffff);
            }
        }
        throw damaged("it starts as a zip archive, but ends without a table of contents");
    }

    private Directory directory64(long at) {
        if (at < 0 || at > file.size() - 56) {
            throw damaged("its table of contents lies outside of the file");
        }
        ByteBuffer end = file.slice(at, 56);
        if (end.getInt(0) != END_64) {
            throw damaged("its zip64 table of contents is missing");
        }
        return new Directory(end.getLong(48), end.getLong(40), end.getLong(32));
    }

    private Entry centralHeader(ByteBuffer table) {
        if (table.getInt() != CENTRAL_HEADER) {
            throw damaged("its table of contents has something else than entries");
        }
        table.getInt(); // versions
        int flags = table.getShort();
        int method = table.getShort();
        table.getLong(); // time, CRC
        long compressed = table.getInt() & IN_ZIP64;
        long length = table.getInt() & IN_ZIP64;
        int nameLength = table.getShort() & 0xffff;
        int extraLength = table.getShort() & 0xffff;
        int commentLength = table.getShort() & 0xffff;
        table.getLong(); // disk, attributes
        long header = table.getInt() & IN_ZIP64;
        byte[] nameBytes = new byte[nameLength];
        table.get(nameBytes);
        String name = new String(nameBytes, StandardCharsets.UTF_8);
        ByteBuffer extra = table.slice(table.position(), extraLength).order(table.order());
        table.position(table.position() + extraLength + commentLength);

        @Nullable ByteBuffer wide = zip64(extra);
        if (wide != null) {
            length = length == IN_ZIP64 ? wide.getLong() : length;
            compressed = compressed == IN_ZIP64 ? wide.getLong() : compressed;
            header = header == IN_ZIP64 ? wide.getLong() : header;
        }
        if ((flags & 1) != 0) {
            throw new CheckpointException(path + ": its entry " + name + " is encrypted; unpack it and save it anew");
        }
        if (method != 0 || compressed != length) {
            throw new CheckpointException(path + ": its entry " + name
                    + " is compressed, which PyTorch never does; load it in Python and save it anew with torch.save");
        }
        if (name.startsWith("/")
                || name.contains("\\")
                || List.of(name.split("/")).contains("..")) {
            throw damaged("its entry " + name + " has a name that leads outside of the archive");
        }
        return new Entry(name, header, length);
    }

    private static @Nullable ByteBuffer zip64(ByteBuffer extra) {
        while (extra.remaining() >= 4) {
            int id = extra.getShort() & 0xffff;
            int length = extra.getShort() & 0xffff;
            if (id == ZIP64_EXTRA) {
                return extra;
            }
            extra.position(extra.position() + length);
        }
        return null;
    }

    private ByteSource data(Entry entry) {
        if (entry.header() < 0 || entry.header() > file.size() - 30) {
            throw damaged("its entry " + entry.name() + " lies outside of the file");
        }
        ByteBuffer header = file.slice(entry.header(), 30);
        if (header.getInt(0) != LOCAL_HEADER) {
            throw damaged("its entry " + entry.name() + " is not where the table of contents says");
        }
        long start = entry.header() + 30 + (header.getShort(26) & 0xffff) + (header.getShort(28) & 0xffff);
        if (entry.length() < 0 || start > file.size() || entry.length() > file.size() - start) {
            throw damaged("its entry " + entry.name() + " reaches behind the end of the file");
        }
        return file.region(start, entry.length());
    }

    private void refuseOverlaps(List<Entry> entries, Map<String, ByteSource> data, long directory) {
        List<Entry> sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparingLong(Entry::header));
        for (int i = 0; i < sorted.size(); i++) {
            ByteSource region = data.get(sorted.get(i).name());
            long end = region instanceof ByteSource.Region r ? r.offset() + r.size() : 0;
            long next = i + 1 < sorted.size() ? sorted.get(i + 1).header() : directory;
            if (end > next) {
                throw damaged("its entry " + sorted.get(i).name() + " overlaps what follows it");
            }
        }
    }

    private CheckpointException damaged(String what) {
        return Failures.damaged(path, what);
    }
}
