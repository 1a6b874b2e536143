/**
 * EXIF orientation, the only EXIF field that changes pixels.
 * @module
 */
import type { Orientation } from './orient.ts'

const ORIENTATION_TAG = 0x0112
const SHORT = 3
const ENTRY_BYTES = 12

/**
 * Orientation from a TIFF block (the payload of PNG `eXIf`, WebP `EXIF`, or JPEG APP1 after `Exif\0\0`).
 *
 * Metadata is not scored, so a damaged block counts as upright (1), as in Pillow. Source: TIFF 6.0, section
 * 2; EXIF 2.32, section 4.6.4.
 */
export function readExifOrientation(tiff: Uint8Array): Orientation {
  if (tiff.length < 8) return 1
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  const byteOrder = view.getUint16(0)
  if (byteOrder !== 0x4949 && byteOrder !== 0x4d4d) return 1
  const little = byteOrder === 0x4949
  if (view.getUint16(2, little) !== 42) return 1
  const directory = view.getUint32(4, little)
  if (directory + 2 > tiff.length) return 1
  const entries = view.getUint16(directory, little)
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + i * ENTRY_BYTES
    if (entry + ENTRY_BYTES > tiff.length) return 1
    if (view.getUint16(entry, little) !== ORIENTATION_TAG) continue
    if (view.getUint16(entry + 2, little) !== SHORT) return 1
    return asOrientation(view.getUint16(entry + 8, little))
  }
  return 1
}

/**
 * The TIFF block after the `Exif\0\0` that JPEG requires and some WebP writers add; all bytes if it is
 * absent.
 */
export function withoutExifPrefix(payload: Uint8Array): Uint8Array {
  const prefix = [0x45, 0x78, 0x69, 0x66, 0, 0]
  return prefix.every((byte, i) => payload[i] === byte) ? payload.subarray(prefix.length) : payload
}

function asOrientation(value: number): Orientation {
  return value >= 1 && value <= 8 ? (value as Orientation) : 1
}
