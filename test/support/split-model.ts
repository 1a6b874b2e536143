/**
 * A CLIP whose halves fit where the whole does not: committed graphs (`training/reference_graphs.py split`),
 * weights drawn here.
 * @module
 */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readOnnx } from '../../src/models/onnx/onnx-file.ts'
import { BROUGHT } from './brought-model.ts'

/** @returns bytes of the weights of each half */
export async function writeSplitModel(folder: string): Promise<{ vision: number; text: number }> {
  await cp(join(BROUGHT, 'clip-split'), folder, { recursive: true })
  const bytes = { vision: 0, text: 0 }
  for (const half of ['vision', 'text'] as const) {
    const graph = new Uint8Array(await readFile(join(folder, `onnx/${half}_model.onnx`)))
    const ends = readOnnx(graph).weights.map(({ external }) => (external === null ? 0 : external.offset + external.length))
    bytes[half] = Math.max(...ends)
    await writeFile(join(folder, `onnx/${half}_model.onnx_data`), new Uint8Array(drawn(bytes[half] / 4, half.length).buffer))
  }
  return bytes
}

/** Uniform in ±0.06, reproducible: a linear congruential generator (constants of Numerical Recipes). */
function drawn(length: number, seed: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(length)
  let state = seed
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    values[index] = (state / 2 ** 32 - 0.5) * 0.12
  }
  return values
}
