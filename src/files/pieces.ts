/**
 * Parts shared by the readers of files in pieces.
 * @module
 */

/** Most bytes of one element or line. */
export const ELEMENT_LIMIT = 16 * 2 ** 20
