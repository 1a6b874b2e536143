/**
 * Pictures that a request names by text.
 * @module
 */

/** A picture as a text: a `data:` URI, or the id of a stored one. */
export const PICTURE_TEXT = /^([dD][aA][tT][aA]:|img_[0-9a-f]{64}$)/

/** A text that can only mean a picture: its id, or a `data:` URI of one. */
export const MEANS_PICTURE = /^(data:image\/[^\s,]*,|img_[0-9a-f]{64}$)/i

export const NO_PICTURE_TEXT =
  'must be a data: URI, or the id of a stored picture, img_ and 64 hex digits; addresses are not fetched'
