/**
 * The facts that the reader of each file format finds in a header.
 * @module
 */
import type { Orientation } from './orient.ts'

export type ColorModel = 'gray' | 'rgb' | 'palette' | 'ycc' | 'cmyk'

export interface FormatHeader {
  /** As stored, in pixels. */
  readonly width: number
  readonly height: number
  /** EXIF orientation; 1 where absent or out of range. */
  readonly orientation: Orientation
  readonly hasAlpha: boolean
  /** Bits per sample. */
  readonly bitDepth: number
  readonly colorModel: ColorModel
  /** Length up to the end marker, in bytes. Bytes after it, which many cameras append, are ignored. */
  readonly encodedBytes: number
  /** Whether the picture can be decoded without ever being whole in memory. */
  readonly decodesInParts: boolean
  /** Sampling factors of each component of a JPEG. */
  readonly sampling?: readonly { readonly h: number; readonly v: number }[]
  /** Of a JPEG: its blocks come in several scans, or its components do. */
  readonly progressive?: boolean
  /** Upper estimate of the linear memory that a WebAssembly decoder needs, in bytes; 0 for PNG, which needs none. */
  readonly decoderBytes: number
}
