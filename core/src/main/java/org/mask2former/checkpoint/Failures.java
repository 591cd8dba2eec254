package org.mask2former.checkpoint;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The wording of failures that several readers and writers share. */
final class Failures {
    private Failures() {}

    static CheckpointException damaged(Path file, String what) {
        return new CheckpointException(file + " is damaged: " + what + "; download or copy it again");
    }

    static CheckpointException unreadable(Path file, IOException e) {
        String why;
        if (e instanceof NoSuchFileException) {
            why = "it does not exist; check the path";
        } else if (e instanceof AccessDeniedException) {
            why = "permission denied; check its permissions";
        } else if (Files.isDirectory(file)) {
            why = "it is a folder; name a file";
        } else {
            why = reason(e) + "; check the disk and the file's permissions";
        }
        return new CheckpointException("cannot read " + file + ": " + why, e);
    }

    static CheckpointException unwritable(Path file, IOException e) {
        String why = e instanceof AccessDeniedException
                ? "permission denied; choose a folder you may write to"
                : reason(e) + "; check the free space and the folder's permissions";
        return new CheckpointException("cannot write " + file + ": " + why, e);
    }

    private static String reason(IOException e) {
        if (e instanceof FileSystemException f && f.getReason() != null) {
            return f.getReason();
        }
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }
}
