/**
 * Embeds the same pictures and texts with the same code in Node, before the tests in workerd start. Those
 * must give the same bits.
 * @module
 */
import { readFile } from 'node:fs/promises'
import type { TestProject } from 'vitest/node'
import { nodeEdgeModel } from '../support/node-dual-encoder.ts'
import { samplePng } from '../support/png.ts'

export interface EdgeExpected {
  /** Base64 of files: PNGs, then a JPEG and a WebP. */
  readonly pictures: readonly string[]
  readonly texts: readonly string[]
  /** Hex of the Float32 bits of each embedding. */
  readonly imageBits: readonly string[]
  readonly textBits: readonly string[]
  readonly runtime: string
  readonly modelDigest: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    edgeExpected: EdgeExpected
  }
}

const PNGS = 6
const GOLDEN = ['half-chroma.jpg', 'lossy-alpha.webp']
const TEXTS = ['', 'a dog', 'a red star above two blue circles', '草地上的一只狗', 'crème brûlée '.repeat(20), '👍🏽']

export default async function setup(project: TestProject): Promise<void> {
  const model = await nodeEdgeModel()
  const pictures = Array.from({ length: PNGS }, (_, seed) => samplePng(seed, 64 + 31 * seed, 40 + 47 * seed))
  for (const name of GOLDEN) pictures.push(await readFile(new URL(`../golden/media/images/${name}`, import.meta.url)))
  const imageBits = []
  for (const picture of pictures) imageBits.push(bits((await model.embedImage(picture)).vector))
  const textBits = []
  for (const text of TEXTS) textBits.push(bits((await model.embedText(text)).vector))
  const { runtime, model_digest: modelDigest } = await model.identity()
  project.provide('edgeExpected', {
    pictures: pictures.map((picture) => Buffer.from(picture).toString('base64')),
    texts: TEXTS,
    imageBits,
    textBits,
    runtime,
    modelDigest,
  })
}

function bits(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('hex')
}
