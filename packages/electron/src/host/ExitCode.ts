/**
 * How the engine's process ends by itself. None of these can be taken for the number of a signal, which is how Electron
 * tells of an end by one.
 */

/** The project can't be used: the main process was told why. */
export const unusable = 69

/** A mistake of the program: it stands in the log. */
export const broken = 70
