/**
 * Embeds the same pictures and texts with the same code in Node, before the tests in workerd start. Those
 * must give the same bits.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { answeringManifest } from '../../src/contracts/fusion-manifest.ts'
import { SHIPPED_FUSION_MANIFESTS } from '../../src/models/edge/fusion/shipped-fusions.ts'
import { readManifest } from '../../src/models/edge/read-manifest.ts'
import { SHIPPED_MANIFESTS } from '../../src/models/edge/shipped-models.ts'
import { answersOf, bitsOf, type SeenAndSaid, vectorsOf } from '../support/answers-of.ts'
import { MODELS, nodeEdgeModel } from '../support/node-dual-encoder.ts'
import { nodeFusion } from '../support/node-fusion.ts'
import { samplePng } from '../support/png.ts'

export interface EdgeExpected {
  /** Base64 of files: PNGs, then a JPEG and a WebP. */
  readonly pictures: readonly string[]
  readonly texts: readonly string[]
  /** Base64 of a PNG of a generated scene. */
  readonly drawing: string
  /** Hex of the Float32 bits of each embedding. */
  readonly imageBits: readonly string[]
  readonly textBits: readonly string[]
  readonly runtime: string
  readonly modelDigest: string
  /** The other shipped models, by id. */
  readonly others: Readonly<Record<string, SeenAndSaid>>
}

declare module 'vitest' {
  export interface ProvidedContext {
    edgeExpected: EdgeExpected
  }
}

const DRAWING = 'scenes/images/assay_scenes2026_000000000001.png'
const PNGS = 6
const GOLDEN = ['half-chroma.jpg', 'lossy-alpha.webp']
const TEXTS = ['', 'a dog', 'a red star above two blue circles', '草地上的一只狗', 'crème brûlée '.repeat(20), '👍🏽']

export default async function setup(project: TestProject): Promise<void> {
  const model = await nodeEdgeModel()
  const pictures = Array.from({ length: PNGS }, (_, seed) => samplePng(seed, 64 + 31 * seed, 40 + 47 * seed))
  for (const name of GOLDEN) pictures.push(await readFile(new URL(`../golden/media/images/${name}`, import.meta.url)))
  const imageBits = []
  for (const picture of pictures) imageBits.push(bitsOf((await model.embedImage(picture)).vector))
  const textBits = []
  for (const text of TEXTS) textBits.push(bitsOf((await model.embedText(text)).vector))
  const { runtime, model_digest: modelDigest } = await model.identity()
  const drawing = await readFile(new URL(`../../fixtures/${DRAWING}`, import.meta.url))
  const others: Record<string, SeenAndSaid> = {}
  for (const manifest of SHIPPED_FUSION_MANIFESTS) {
    const network = await nodeFusion(join(MODELS, answeringManifest.parse(manifest).id))
    others[network.manifest.id] = await answersOf(network, drawing)
  }
  for (const { id } of SHIPPED_MANIFESTS.slice(1).map(readManifest))
    others[id] = await vectorsOf(await nodeEdgeModel(join(MODELS, id)), drawing)
  project.provide('edgeExpected', {
    pictures: pictures.map((picture) => Buffer.from(picture).toString('base64')),
    texts: TEXTS,
    imageBits,
    textBits,
    runtime,
    modelDigest,
    drawing: drawing.toString('base64'),
    others,
  })
}
