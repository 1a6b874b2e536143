/**
 * Manifests of models that answer name the memory that their graphs take, within a factor: by it the Worker
 * decides which models stay loaded. `npm run bench -- resident` measures it more finely.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { graphsOf, growthOf, vocabularyOf } from '../../bench/resident/growth.ts'
import { answeringManifest } from '../../src/contracts/fusion-manifest.ts'
import { LOADED_MODEL_BYTES, tokenizerBytes } from '../../src/contracts/memory-budget.ts'
import { readManifest } from '../../src/models/edge/read-manifest.ts'
import { SHIPPED_FUSION_MANIFESTS } from '../../src/models/edge/fusion/shipped-fusions.ts'
import { SHIPPED_MANIFESTS } from '../../src/models/edge/shipped-models.ts'
import { MODELS, nodeRuntime } from '../support/node-dual-encoder.ts'

/** Memory grows in steps of up to 9 MB here, so the mean over four times may be off by a third. */
const TIMES = 4

const manifests = SHIPPED_FUSION_MANIFESTS.map((manifest) => answeringManifest.parse(manifest))

test.each(manifests)('$id: its graphs grow the runtime as its manifest says', async (manifest) => {
  const folder = join(MODELS, manifest.id)
  const vocabulary = vocabularyOf(await readFile(join(folder, manifest.tokenizer.file), 'utf8'))
  const graphs = graphsOf(manifest, vocabulary)
  const said = graphs.reduce((sum, { graph }) => sum + graph.resident_bytes, 0)
  const grown = await growthOf(await nodeRuntime(), folder, graphs, TIMES)
  expect(grown).toBeLessThan(1.5 * said)
  expect(grown).toBeGreaterThan(said / 2)
})

test('each stays loaded beside assay-clip', () => {
  const clip = readManifest(SHIPPED_MANIFESTS[0])
  const beside = clip.vision.resident_bytes! + clip.text.resident_bytes! + tokenizerBytes(clip.tokenizer.bytes ?? 0)
  for (const manifest of manifests) {
    const graphs = graphsOf(manifest, 1).reduce((sum, { graph }) => sum + graph.resident_bytes, 0)
    expect(beside + graphs + tokenizerBytes(manifest.tokenizer.bytes ?? 0), manifest.id).toBeLessThan(LOADED_MODEL_BYTES)
  }
})
