package org.mask2former.cli;

import org.mask2former.model.Effort;

/**
 * What all films of a command have in common.
 *
 * @param effort with which the model was loaded
 * @param model its name, as the user gave it
 */
record FilmSettings(
        Terminal terminal,
        Segmenter segmenter,
        Effort effort,
        FilmOptions options,
        OutputOptions output,
        String model) {}
