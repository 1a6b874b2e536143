/**
 * Reduced planes to RGBA: grey, YCbCr, RGB, CMYK and YCCK.
 *
 * Source of the YCbCr formula: JFIF 1.02, page 3. The colour space is chosen as in libjpeg (`jdapimin.c`).
 * Four components are read as Adobe writes them, inverted. Without a profile, red = C · K / 255, as in
 * Pillow.
 * @module
 */
import type { Component, Frame } from './frame.ts'

type Colors = 'gray' | 'ycc' | 'rgb' | 'cmyk' | 'ycck'

export function writeRows(frame: Frame, adobeTransform: number | undefined, take: (rgba: Uint8ClampedArray) => void): void {
  const { reducedWidth: width, reducedHeight: height, components } = frame
  const rgba = new Uint8ClampedArray(width * 4)
  const colors = colorsOf(components, adobeTransform)
  const samples = components.map(() => new Uint8Array(width))
  const transforms = frame.progressive ? components.map(rowTransform) : []
  const mcuRows = frame.samples * frame.maxV
  for (let y = 0; y < height; y++) {
    if (y % mcuRows === 0) for (const transform of transforms) transform(y / mcuRows)
    // In a progressive picture the plane is reused for each row of MCUs.
    const row = frame.progressive ? y % mcuRows : y
    components.forEach((component, i) => sampleRow(frame, component, row, samples[i]!))
    writeColors(rgba, colors, samples)
    take(rgba)
  }
}

function writeColors(rgba: Uint8ClampedArray, colors: Colors, samples: readonly Uint8Array[]): void {
  const [first, second, third, black] = samples as [Uint8Array, Uint8Array?, Uint8Array?, Uint8Array?]
  for (let x = 0, to = 0; to < rgba.length; x++, to += 4) {
    if (colors === 'gray') rgba[to] = rgba[to + 1] = rgba[to + 2] = first[x]!
    else if (colors === 'rgb' || colors === 'cmyk') {
      rgba[to] = first[x]!
      rgba[to + 1] = second![x]!
      rgba[to + 2] = third![x]!
    } else writeYcc(rgba, to, first[x]!, second![x]! - 128, third![x]! - 128)
    if (black !== undefined) {
      for (let channel = to; channel < to + 3; channel++) {
        const ink = colors === 'ycck' ? 255 - rgba[channel]! : rgba[channel]!
        rgba[channel] = Math.round((ink * black[x]!) / 255)
      }
    }
    rgba[to + 3] = 255
  }
}

function writeYcc(data: Uint8ClampedArray, to: number, luma: number, blue: number, red: number): void {
  data[to] = luma + 1.402 * red
  data[to + 1] = luma - 0.344136286 * blue - 0.714136286 * red
  data[to + 2] = luma + 1.772 * blue
}

function colorsOf(components: readonly Component[], adobeTransform: number | undefined): Colors {
  if (components.length === 1) return 'gray'
  if (components.length === 4) return adobeTransform === 2 ? 'ycck' : 'cmyk'
  if (adobeTransform !== undefined) return adobeTransform === 0 ? 'rgb' : 'ycc'
  const ids = components.map(({ id }) => String.fromCharCode(id)).join('')
  return ids === 'RGB' ? 'rgb' : 'ycc'
}

/**
 * @returns a function that writes the samples of one row of MCUs from a progressive picture's coefficients
 */
function rowTransform(component: Component): (mcuY: number) => void {
  const { coefficients, columns, rows, stride, plane, kept, transform, v } = component
  const size = columns * rows
  const steps = new Int32Array(size)
  for (let k = 0; k < kept.length; k++) if (kept[k]! >= 0) steps[kept[k]!] = component.table![k]!
  const block = new Int32Array(size)
  return (mcuY) => {
    for (let at = 0; at < stride * v; at++) {
      const from = (mcuY * stride * v + at) * size
      for (let i = 0; i < size; i++) block[i] = coefficients![from + i]! * steps[i]!
      const y = Math.floor(at / stride)
      const x = at - y * stride
      transform(block, plane, y * rows * stride * columns + x * columns, stride * columns)
    }
  }
}

/** One row of a component, repeating samples if its plane is smaller than the picture. */
function sampleRow(frame: Frame, component: Component, y: number, out: Uint8Array): void {
  const { columns, rows, h, v, stride, plane } = component
  const from = Math.floor((y * rows * v) / (frame.samples * frame.maxV)) * stride * columns
  const across = (columns * h) / (frame.samples * frame.maxH)
  if (across === 1) {
    out.set(plane.subarray(from, from + out.length))
    return
  }
  for (let x = 0; x < out.length; x++) out[x] = plane[from + Math.floor(x * across)]!
}
