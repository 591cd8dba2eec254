package org.mask2former.data;

/** The twelve numbers of COCO's detection evaluation, in COCO's order. */
public enum CocoMetric {
    AP("AP", true, -1, Area.ALL, 100),
    AP50("AP50", true, 0.5, Area.ALL, 100),
    AP75("AP75", true, 0.75, Area.ALL, 100),
    AP_SMALL("AP small", true, -1, Area.SMALL, 100),
    AP_MEDIUM("AP medium", true, -1, Area.MEDIUM, 100),
    AP_LARGE("AP large", true, -1, Area.LARGE, 100),
    AR1("AR1", false, -1, Area.ALL, 1),
    AR10("AR10", false, -1, Area.ALL, 10),
    AR100("AR100", false, -1, Area.ALL, 100),
    AR_SMALL("AR small", false, -1, Area.SMALL, 100),
    AR_MEDIUM("AR medium", false, -1, Area.MEDIUM, 100),
    AR_LARGE("AR large", false, -1, Area.LARGE, 100);

    /** Areas of objects, in pixels; both ends belong to a range. */
    enum Area {
        ALL(0, 1e10),
        SMALL(0, 32 * 32),
        MEDIUM(32 * 32, 96 * 96),
        LARGE(96 * 96, 1e10);

        private final double from;
        private final double to;

        Area(double from, double to) {
            this.from = from;
            this.to = to;
        }

        boolean holds(double area) {
            return area >= from && area <= to;
        }
    }

    final String title;
    final boolean precision;
    /** The one IoU threshold it is about; negative: the mean over all. */
    final double threshold;

    final Area area;
    final int maxDetections;

    CocoMetric(String title, boolean precision, double threshold, Area area, int maxDetections) {
        this.title = title;
        this.precision = precision;
        this.threshold = threshold;
        this.area = area;
        this.maxDetections = maxDetections;
    }

    /** As people write it: "AP50". */
    public String title() {
        return title;
    }
}
