/**
 * A model that answers in Node, through the Worker's code: only the source of the bytes differs.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { answeringManifest } from '../../src/contracts/fusion-manifest.ts'
import { preprocessImage } from '../../src/media/preprocess.ts'
import { fusionFiles } from '../../src/models/edge/fusion/fusion-files.ts'
import { createFusionNetwork, type FusionNetwork } from '../../src/models/edge/fusion/fusion-network.ts'
import { createResourceCache } from '../../src/models/edge/resource-cache.ts'
import type { OpenFile } from '../../src/models/edge/stored-model.ts'
import { nodeCodecs, nodeRuntime } from './node-dual-encoder.ts'

/** @param directory a model's folder, with `manifest.json` */
export async function nodeFusion(directory: string): Promise<FusionNetwork> {
  const manifest = answeringManifest.parse(JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')))
  const [runtime, codecs] = await Promise.all([nodeRuntime(), nodeCodecs()])
  const open: OpenFile = async ({ file }) => new Blob([Uint8Array.from(await readFile(join(directory, file)))]).stream()
  const room = createResourceCache(Infinity, (_weight, task) => task())
  return createFusionNetwork({
    manifest,
    ...fusionFiles(manifest, { runtime, room, open }),
    preprocess: (bytes, spec, mark) => preprocessImage(bytes, spec, codecs, mark),
  })
}
