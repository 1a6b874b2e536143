/**
 * The picture and the text for every model.
 * @module
 */

/** Side of the square picture, in pixels. */
export const SIDE = 256
export const TEXT = 'three round things, one of them red'
