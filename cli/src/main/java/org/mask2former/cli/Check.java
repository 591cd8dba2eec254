package org.mask2former.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * One thing that the doctor looked at.
 *
 * @param name what was looked at
 * @param state how it is
 * @param found what was found
 * @param advice what to do about it; empty if nothing
 */
record Check(
        @JsonProperty String name,
        @JsonProperty State state,
        @JsonProperty String found,
        @JsonProperty String advice) {
    enum State {
        /** As it should be. */
        OK,
        /** Works, but slowly or not for everything. */
        WARN,
        /** Nothing can be segmented until this is mended. */
        FAIL;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Check ok(String name, String found) {
        return new Check(name, State.OK, found, "");
    }

    static Check warn(String name, String found, String advice) {
        return new Check(name, State.WARN, found, advice);
    }

    static Check fail(String name, String found, String advice) {
        return new Check(name, State.FAIL, found, advice);
    }
}
