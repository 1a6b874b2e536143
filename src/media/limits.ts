/**
 * Limits on an image before decoding. Each is checked on the header alone.
 * @module
 */

export interface ImageLimits {
  /** Length of the encoded file, in bytes. */
  readonly bytes: number
  /** Stored width × height of a picture that is decoded whole, in pixels. */
  readonly pixels: number
  /** Stored width × height of a JPEG that is decoded at reduced scale, in pixels. */
  readonly jpegPixels: number
  /**
   * Stored width × height of a PNG that is decoded row by row, in pixels. Adam7 (interlaced) is always
   * decoded whole.
   */
  readonly pngPixels: number
  /** Longer stored side, in pixels. Bounds the work on extreme aspect ratios. */
  readonly side: number
  /** Scans of one JPEG. Encoders write 1 to about 20. Each scan visits every block, even without data. */
  readonly scans: number
  /**
   * Chunks of one PNG or WebP, or markers of one JPEG outside its scans' data. Each costs a step, even if
   * empty.
   */
  readonly chunks: number
  /** Estimated linear memory of the WebAssembly decoder for this image, in bytes. */
  readonly decoderBytes: number
}

const MiB = 1024 * 1024

/**
 * Assay's limits: 8 MiB; 64 Mi pixels for a JPEG, 36 Mi for a PNG, 4 Mi (2048 × 2048) for WebP, GIF and
 * interlaced PNG; 16384 per side, 32 scans, 32768 chunks, 36 MiB of decoder memory.
 * A larger picture is refused with the advice of `contracts/picture-advice.ts`.
 *
 * The largest file has 256 bytes for each of its 32768 chunks. libpng writes 8192 bytes per chunk, and no
 * known writer fewer than 1024.
 *
 * `decoderBytes` accepts every 4 Mi-pixel PNG, sequential JPEG and lossy WebP. It refuses progressive 4:4:4
 * JPEGs above about 3.5 Mi pixels and the heaviest lossless WebPs, which would need 42 MiB and more beside a
 * 16 MiB raster.
 */
export const IMAGE_LIMITS: ImageLimits = {
  bytes: 8 * MiB,
  pixels: 4 * MiB,
  jpegPixels: 64 * MiB,
  pngPixels: 36 * MiB,
  side: 16384,
  scans: 32,
  chunks: 32768,
  decoderBytes: 36 * MiB,
}

/**
 * Memory for planes or coefficients of a JPEG at reduced scale, in bytes: as much as a raster of 4 Mi pixels.
 */
export const LARGE_PICTURE_BYTES = 16 * MiB
