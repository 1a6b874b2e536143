/**
 * A file becomes something that `/v1/score` takes: as it is where it can be, downsized or re-encoded where it must be, and then
 * with a sentence that says so.
 * @module
 */
import { formatBytes } from './figures.js'

/** The longer side, in pixels. 2048 × 2048 is the server's pixel limit, so this keeps both. */
export const MAX_SIDE = 2048
/** Below the server's 8 MiB with room to spare. */
export const MAX_BYTES = 6_000_000
/** Beyond this, reading the file at all may cost a phone its tab. */
const MAX_READ = 80_000_000

const JPEG_QUALITY = 0.92

/**
 * @typedef {object} Picture
 * @property {Blob} blob - what is sent
 * @property {number | null} width - null where this browser cannot decode it and the server shall judge
 * @property {number | null} height
 * @property {string | null} notice - what this page did to it
 */

/** A picture that this page cannot use; the message says why and what helps. */
export class UnusablePicture extends Error {}

/**
 * @param {Blob} file
 * @returns {Promise<Picture>}
 * @throws {UnusablePicture}
 */
export async function preparePicture(file) {
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
    throw new UnusablePicture('This browser cannot read the file as a picture. Choose a PNG, JPEG or WebP picture.')
  }
  try {
    const { width, height } = bitmap
    const scale = Math.min(1, MAX_SIDE / Math.max(width, height))
    if (type !== null && scale === 1 && file.size <= MAX_BYTES)
      return { blob: new Blob([file], { type }), width, height, notice: null }

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

/**
 * The type by the first bytes, since names lie; null for what the server does not take.
 * @param {Blob} file
 */
async function sniff(file) {
  const head = String.fromCharCode(...new Uint8Array(await file.slice(0, 12).arrayBuffer()))
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (head.startsWith('RIFF') && head.endsWith('WEBP')) return 'image/webp'
  return null
}

/**
 * JPEG for what came from a camera; PNG for the rest, since flat graphics suffer most from JPEG, unless it grows too large.
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
    // JPEG has no transparency; white is what the server puts behind it.
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
 * @param {Blob} blob
 * @returns {Promise<string>}
 */
export function dataUri(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => resolve(String(reader.result)))
    reader.addEventListener('error', () => reject(new UnusablePicture('The file can no longer be read. Choose it again.')))
    reader.readAsDataURL(blob)
  })
}
