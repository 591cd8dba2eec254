package org.mask2former.cli;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.mask2former.Compat;
import org.mask2former.Task;
import org.mask2former.data.EvaluationOptions.OnBadSample;
import org.mask2former.model.Precision;
import org.mask2former.result.ResultFormat;

/** The values of an option as they are typed, for help and completion. */
abstract class LowerCase implements Iterable<String> {
    private final List<String> names;

    private LowerCase(Enum<?>... values) {
        names = Arrays.stream(values)
                .map(v -> v.name().toLowerCase(Locale.ROOT))
                .toList();
    }

    @Override
    public Iterator<String> iterator() {
        return names.iterator();
    }

    static final class Tasks extends LowerCase {
        Tasks() {
            super(Task.values());
        }
    }

    static final class RuleBooks extends LowerCase {
        RuleBooks() {
            super(Compat.values());
        }
    }

    static final class Precisions extends LowerCase {
        Precisions() {
            super(Precision.values());
        }
    }

    static final class WeightTypes extends LowerCase {
        WeightTypes() {
            super(ConvertCommand.WeightType.values());
        }
    }

    static final class BadSamples extends LowerCase {
        BadSamples() {
            super(OnBadSample.values());
        }
    }

    /** Those that are not written anyway; JSON is of pictures, but not of films. */
    static final class FurtherForms extends LowerCase {
        FurtherForms() {
            super(Arrays.stream(ResultFormat.values())
                    .filter(f -> f != ResultFormat.OVERLAY)
                    .toArray(ResultFormat[]::new));
        }
    }
}
