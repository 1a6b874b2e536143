/**
 * Geometry of fitting a picture into a model's input. No pixels here.
 * @module
 */
import type { ImagePreprocessing } from '../contracts/model-manifest.ts'

/**
 * One axis of a resize, in pixels.
 *
 * The picture of `source` pixels lies on a canvas. The canvas is resized, and a window of the result is kept.
 * Where the window extends beyond the result, there is padding. For a picture decoded at reduced scale,
 * `canvas` and `offset` are fractions.
 */
export interface AxisPlan {
  /** Length of the picture. */
  readonly source: number
  /** Length of the padded picture; equal to `source` without padding. */
  readonly canvas: number
  /** Where the picture begins on the canvas. */
  readonly offset: number
  /** Length of the whole resized canvas. */
  readonly resized: number
  /** First kept pixel of the resized canvas; negative if the window begins before it. */
  readonly cropFrom: number
  /** Number of kept pixels: the side of the square. */
  readonly size: number
}

export interface FitPlan {
  readonly x: AxisPlan
  readonly y: AxisPlan
}

/**
 * - `contain`: centred on a square canvas with side `max(width, height)`, the smaller half of an odd margin
 *   first, then resized.
 * - `cover`: the shorter edge becomes `shortestEdge`, the longer `floor(shortestEdge * longer / shorter)`.
 *   Then the centre is cropped from `floor((length - size) / 2)`. A side shorter than `size` is padded, the
 *   larger half of an odd margin first, as in Hugging Face's `CLIPImageProcessor`. (torchvision's
 *   `CenterCrop` rounds halves to even.)
 * - `stretch`: both edges become `size`.
 * - `bounded`: {@link boundedSize}; `size` and `longestEdge` are its bounds.
 */
export function planFit(
  fit: ImagePreprocessing['fit'],
  width: number,
  height: number,
  size: number,
  shortestEdge: number = size,
  longestEdge: number = size,
): FitPlan {
  switch (fit) {
    case 'contain': {
      const side = Math.max(width, height)
      return { x: padded(width, side, size), y: padded(height, side, size) }
    }
    case 'cover': {
      const shorter = Math.min(width, height)
      return { x: cropped(width, shorter, shortestEdge, size), y: cropped(height, shorter, shortestEdge, size) }
    }
    case 'stretch':
      return { x: cropped(width, width, size, size), y: cropped(height, height, size, size) }
    case 'bounded': {
      const bounded = boundedSize(width, height, size, longestEdge)
      return { x: whole(width, bounded.width), y: whole(height, bounded.height) }
    }
  }
}

/**
 * The size of a picture whose aspect ratio stays: the shorter edge becomes `shortest`, unless the longer
 * would pass `longest`. Halves are rounded up; no edge is less than 1 pixel.
 */
export function boundedSize(
  width: number,
  height: number,
  shortest: number,
  longest: number,
): { readonly width: number; readonly height: number } {
  const scale = Math.min(shortest / Math.min(width, height), longest / Math.max(width, height))
  const scaled = (edge: number): number => Math.max(1, Math.floor(edge * scale + 0.5))
  return { width: scaled(width), height: scaled(height) }
}

/** The whole picture at another size. */
export function planScale(
  from: { readonly width: number; readonly height: number },
  to: { readonly width: number; readonly height: number },
): FitPlan {
  return { x: whole(from.width, to.width), y: whole(from.height, to.height) }
}

function whole(source: number, size: number): AxisPlan {
  return { source, canvas: source, offset: 0, resized: size, cropFrom: 0, size }
}

function padded(source: number, canvas: number, size: number): AxisPlan {
  return { source, canvas, offset: Math.floor((canvas - source) / 2), resized: size, cropFrom: 0, size }
}

function cropped(source: number, shorter: number, edge: number, size: number): AxisPlan {
  const resized = Math.floor((edge * source) / shorter)
  return { source, canvas: source, offset: 0, resized, cropFrom: Math.floor((resized - size) / 2), size }
}

/**
 * Plan of the same square from a smaller copy of the picture, in pixels of the copy.
 *
 * A copy at 1/4 of 4001 pixels has 1001 pixels; a quarter of the last one is covered. Its edge must not move
 * the picture.
 * @param plan for the whole picture
 * @param scale of the copy: 1/2, 1/4 or 1/8
 * @param copy width or height of the upright copy
 * @param mirrored whether the upright copy begins with the last stored pixel, which may be partly covered
 */
export function reducedAxis(plan: AxisPlan, scale: number, copy: number, mirrored: boolean): AxisPlan {
  const uncovered = mirrored ? copy - plan.source * scale : 0
  return { ...plan, source: copy, canvas: plan.canvas * scale, offset: plan.offset * scale - uncovered }
}
