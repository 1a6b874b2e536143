/**
 * 8-bit pixels to a model's input numbers.
 * @module
 */
import type { ImagePreprocessing } from '../contracts/model-manifest.ts'

type Normalization = Pick<ImagePreprocessing, 'mean' | 'std' | 'rescale_factor'>

/**
 * RGB rows to planes: `(value / 255 - mean) / std`, computed in doubles and rounded once to float32.
 *
 * With a `rescale_factor`: `(value * rescale_factor - mean) / std`, with every operand and step rounded to
 * float32, as in Hugging Face's numpy image processors.
 * @param rgb `pixels * 3` bytes, interleaved
 * @returns `3 * pixels` numbers, channel by channel (CHW)
 */
export function toTensor(rgb: Uint8Array, spec: Normalization): Float32Array {
  const pixels = rgb.length / 3
  const tensor = new Float32Array(rgb.length)
  for (let channel = 0; channel < 3; channel++) {
    const values = Float32Array.from({ length: 256 }, (_, value) =>
      normalized(value, spec.mean[channel]!, spec.std[channel]!, spec.rescale_factor),
    )
    const plane = tensor.subarray(channel * pixels, (channel + 1) * pixels)
    for (let i = 0, at = channel; i < pixels; i++, at += 3) plane[i] = values[rgb[at]!]!
  }
  return tensor
}

function normalized(value: number, mean: number, std: number, factor: number | undefined): number {
  if (factor === undefined) return (value / 255 - mean) / std
  const centred = Math.fround(Math.fround(value * factor) - Math.fround(mean))
  return centred / Math.fround(std)
}
