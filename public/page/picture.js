/**
 * Prepares a file for `/v1/score`: unchanged if possible, otherwise downsized or re-encoded, with a notice
 * that says so.
 * @module
 */
import { formatBytes } from './figures.js'

/** The server's limits: bytes of a file, pixels by format, and pixels of the longer side. */
export const MAX_BYTES = 8 * 2 ** 20
const MAX_PIXELS = {
  'image/jpeg': 64 * 2 ** 20,
  'image/png': 36 * 2 ** 20,
  'image/webp': 4 * 2 ** 20,
  'image/gif': 4 * 2 ** 20,
}
const MAX_SIDE = 16_384
/** The longer side of a picture that the browser encodes again, in pixels. */
export const ENCODED_SIDE = 4096
/** Reading a larger file may crash a phone's tab. */
const MAX_READ = 80_000_000

const JPEG_QUALITY = 0.92

/**
 * @typedef {object} Picture
 * @property {Blob} blob - sent as it is
 * @property {number | null} width - null if this browser cannot decode it; the server may
 * @property {number | null} height
 * @property {string | null} notice - how this page changed it
 */

/** A picture that this page cannot use; the message has the reason and advice. */
export class UnusablePicture extends Error {}

/**
 * @param {Blob} file
 * @param {boolean} [refused] - whether the server refuses these bytes: then they are encoded again
 * @returns {Promise<Picture>}
 * @throws {UnusablePicture}
 */
export async function preparePicture(file, refused = false) {
  if (file.size === 0) throw new UnusablePicture('The file is empty. Choose another picture.')
  if (file.size > MAX_READ)
    throw new UnusablePicture(
      `The file has ${formatBytes(file.size)}; the page reads at most ${formatBytes(MAX_READ)}. Save it smaller.`,
    )
  const type = await sniff(file)
  const bitmap = await createImageBitmap(file).catch(() => null)
  if (bitmap === null) {
    if (type !== null && file.size <= MAX_BYTES)
      return { blob: new Blob([file], { type }), width: null, height: null, notice: null }
    throw new UnusablePicture(await unreadable(file))
  }
  try {
    const { width, height } = bitmap
    const fits = type !== null && width * height <= MAX_PIXELS[type] && Math.max(width, height) <= MAX_SIDE
    if (fits && !refused && file.size <= MAX_BYTES) return { blob: new Blob([file], { type }), width, height, notice: null }

    const scale = Math.min(1, ENCODED_SIDE / Math.max(width, height))
    const to = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
    const blob = await encode(bitmap, to, type ?? file.type)
    const was = describe(scale < 1 ? bitmap : null, file.size, type ?? file.type)
    const is = describe(scale < 1 ? to : null, blob.size, blob.type)
    const did = scale < 1 ? 'downsized' : 're-encoded'
    const notice =
      `Your browser ${did} this picture before sending, from ${was} to ${is}. The score is of what was sent. ` +
      `The server never resizes silently: it refuses what is too large.`
    return { blob, ...to, notice }
  } finally {
    bitmap.close()
  }
}

/** Kinds that many browsers cannot read, by their first bytes, and how to convert them. */
const OTHERS = /** @type {const} */ ([
  [
    /^.{4}ftyp(hei|hev|mif1|msf1)/s,
    'an iPhone’s HEIC picture',
    'Export it as JPEG (Preview on a Mac, Photos on Windows), or set the iPhone’s Camera, Formats to “Most Compatible”.',
  ],
  [/^.{4}ftypavi/s, 'an AVIF picture', 'Open it in a newer browser, or save it as JPEG.'],
  [/^(II\*\0|MM\0\*)/, 'a TIFF picture', 'Save it as PNG or JPEG.'],
  [/^(\xef\xbb\xbf)?(<svg|<\?xml|<!DOCTYPE svg)/, 'an SVG drawing', 'Export it as PNG.'],
  [/^%PDF/, 'a PDF', 'Save the page as PNG, or take a screenshot of it.'],
  [/^.{4}JXL /s, 'a JPEG XL picture', 'Save it as PNG or JPEG.'],
  [/^.{4}jP {2}/s, 'a JPEG 2000 picture', 'Save it as PNG or JPEG.'],
])

/**
 * The reason why the page cannot take a file, and advice.
 * @param {Blob} file
 */
async function unreadable(file) {
  const head = await firstBytes(file)
  const [, name, advice] = OTHERS.find(([pattern]) => pattern.test(head)) ?? []
  return name === undefined
    ? 'This browser cannot read the file as a picture. Choose a PNG, JPEG, WebP or GIF picture.'
    : `This is ${name}, which this browser cannot read. ${advice}`
}

/**
 * As Latin-1 text.
 * @param {Blob} file
 */
async function firstBytes(file) {
  return String.fromCharCode(...new Uint8Array(await file.slice(0, 12).arrayBuffer()))
}

/**
 * The type by the first bytes, since file names may be wrong; null for a type that the server refuses.
 * @param {Blob} file
 */
async function sniff(file) {
  const head = await firstBytes(file)
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (head.startsWith('RIFF') && head.endsWith('WEBP')) return 'image/webp'
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return 'image/gif'
  return null
}

/**
 * JPEG for photographs; PNG for the rest, since JPEG damages flat graphics, unless the PNG is too large.
 * @param {ImageBitmap} bitmap
 * @param {{width: number, height: number}} size
 * @param {string} type - of the original
 * @returns {Promise<Blob>}
 */
async function encode(bitmap, { width, height }, type) {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d')
  if (context === null)
    throw new UnusablePicture('This browser has no memory left to resize the picture. Save it smaller and choose it again.')
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, 0, 0, width, height)
  const toBlob = (/** @type {string} */ target, /** @type {number} */ quality) =>
    new Promise((/** @type {(blob: Blob | null) => void} */ resolve) => canvas.toBlob(resolve, target, quality))

  if (!/jpe?g|hei[cf]/.test(type)) {
    const png = await toBlob('image/png', 1)
    if (png !== null && png.size <= MAX_BYTES) return png
    // JPEG has no transparency; the server puts white behind it, too.
    context.globalCompositeOperation = 'destination-over'
    context.fillStyle = '#fff'
    context.fillRect(0, 0, width, height)
  }
  for (const quality of [JPEG_QUALITY, 0.8]) {
    const jpeg = await toBlob('image/jpeg', quality)
    if (jpeg !== null && jpeg.size <= MAX_BYTES) return jpeg
  }
  throw new UnusablePicture('This browser could not make the picture small enough. Save it smaller and choose it again.')
}

/**
 * `4032 × 3024 px, 5.2 MB JPEG`
 * @param {{width: number, height: number} | null} size
 * @param {number} bytes
 * @param {string} type
 */
function describe(size, bytes, type) {
  return `${size ? `${size.width} × ${size.height} px, ` : ''}${formatBytes(bytes)} ${formatType(type)}`
}

/**
 * `JPEG` for `image/jpeg`.
 * @param {string} type
 */
export function formatType(type) {
  const name = type.replace(/^image\//, '').replace(/\+xml$/, '')
  return name === 'webp' ? 'WebP' : name === '' ? 'file' : name.toUpperCase()
}

/**
 * The same picture in memory. A chosen file may have been moved since; `fetch` would not say so.
 * @param {Blob} blob
 * @returns {Promise<Blob>}
 * @throws {UnusablePicture}
 */
export async function readable(blob) {
  const bytes = await blob.arrayBuffer().catch(() => null)
  if (bytes === null) throw new UnusablePicture('The file can no longer be read. Choose it again.')
  return new Blob([bytes], { type: blob.type })
}
