/**
 * Reduced planes to RGBA: grey, YCbCr, RGB, CMYK and YCCK.
 *
 * Source of the YCbCr formula: JFIF 1.02, page 3. Which colours a file holds is decided as libjpeg does (`jdapimin.c`). Four
 * components are taken as Adobe writes them, inverted; without a profile red = C · K / 255 (as Pillow converts them).
 * @module
 */
import type { Raster } from '../raster.ts'
import type { Component, Frame } from './frame.ts'

type Colors = 'gray' | 'ycc' | 'rgb' | 'cmyk' | 'ycck'

export function toRgba(frame: Frame, adobeTransform: number | undefined): Raster {
  const { reducedWidth: width, reducedHeight: height, components } = frame
  const data = new Uint8ClampedArray(width * height * 4)
  const colors = colorsOf(components, adobeTransform)
  const rows = components.map(() => new Uint8Array(width))
  const [first, second, third, fourth] = rows as [Uint8Array, Uint8Array?, Uint8Array?, Uint8Array?]
  for (let y = 0, to = 0; y < height; y++) {
    components.forEach((component, i) => sampleRow(frame, component, y, rows[i]!))
    for (let x = 0; x < width; x++, to += 4) {
      if (colors === 'gray') data[to] = data[to + 1] = data[to + 2] = first[x]!
      else if (colors === 'rgb' || colors === 'cmyk') {
        data[to] = first[x]!
        data[to + 1] = second![x]!
        data[to + 2] = third![x]!
      } else writeYcc(data, to, first[x]!, second![x]! - 128, third![x]! - 128)
      if (fourth !== undefined) {
        const black = fourth[x]!
        const invert = colors === 'ycck'
        for (let channel = to; channel < to + 3; channel++)
          data[channel] = Math.round(((invert ? 255 - data[channel]! : data[channel]!) * black) / 255)
      }
      data[to + 3] = 255
    }
  }
  return { width, height, data }
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

/** One row of a component, enlarged by repetition where its plane is smaller than the picture. */
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
