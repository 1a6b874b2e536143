/**
 * 8-bit pixels to the numbers a model reads.
 * @module
 */

type PerChannel = readonly [number, number, number]

/**
 * RGB rows to planes: `(value / 255 - mean) / std`, computed in doubles and rounded once to float32.
 * @param rgb `pixels * 3` bytes, interleaved
 * @returns `3 * pixels` numbers, channel by channel (CHW)
 */
export function toTensor(rgb: Uint8Array, mean: PerChannel, std: PerChannel): Float32Array {
  const pixels = rgb.length / 3
  const tensor = new Float32Array(rgb.length)
  for (let channel = 0; channel < 3; channel++) {
    const values = Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean[channel]!) / std[channel]!)
    const plane = tensor.subarray(channel * pixels, (channel + 1) * pixels)
    for (let i = 0, at = channel; i < pixels; i++, at += 3) plane[i] = values[rgb[at]!]!
  }
  return tensor
}
