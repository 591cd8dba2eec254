package org.mask2former.result;

/**
 * A class.
 *
 * @param id as the model numbers it, from 0
 * @param name for people
 * @param thing whether it is a thing (countable) rather than stuff
 * @param rgb its colour, 0xRRGGBB
 * @param datasetId its number in its data set's own files (COCO's category ids have gaps)
 */
public record Label(int id, String name, boolean thing, int rgb, int datasetId) {
    public Label {
        if (id < 0 || rgb < 0 || rgb > 0xffffff) {
            throw new IllegalArgumentException(
                    "not a possible class: id " + id + ", name " + name + ", colour 0x" + Integer.toHexString(rgb));
        }
    }

    Label withName(String newName) {
        return new Label(id, newName, thing, rgb, datasetId);
    }

    Label withThing(boolean newThing) {
        return new Label(id, name, newThing, rgb, datasetId);
    }

    Label withRgb(int newRgb) {
        return new Label(id, name, thing, newRgb, datasetId);
    }
}
