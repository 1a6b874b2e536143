/**
 * Facts that the header readers of all formats return.
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
  /** Whether the picture can be decoded without holding it whole in memory. */
  readonly decodesInParts: boolean
  /** Frames of an animation, of which the first is decoded. Absent for a still picture. */
  readonly frames?: number
  /** WebP only: place of the first frame's chunks in an animation. */
  readonly firstFrame?: { readonly start: number; readonly end: number }
  /** JPEG only: sampling factors of each component. */
  readonly sampling?: readonly { readonly h: number; readonly v: number }[]
  /** JPEG only: whether it has several scans. */
  readonly progressive?: boolean
  /** Upper estimate of the WebAssembly decoder's linear memory, in bytes; 0 for PNG, which uses none. */
  readonly decoderBytes: number
}
