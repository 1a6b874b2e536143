/**
 * Ways forward for pictures that cannot be taken as they are: imperatives without a full stop.
 * @module
 */

/** For a picture beyond a limit: a command of ImageMagick, for any format. */
export const SHRINK_PICTURE = 'make it smaller first, e.g. magick in.jpg -resize "2048x2048>" out.jpg'

/** For pictures in JSON beyond a limit. */
export const STORE_PICTURES = 'store pictures by POST /v1/images and send their ids (img_…) instead'
