/**
 * Sessions and tokenizer of a fusion model, loaded on first use into the isolate's cache of resources.
 * @module
 */
import type { FusionManifest } from '../../../contracts/fusion-manifest.ts'
import { tokenizerBytes } from '../../../contracts/memory-budget.ts'
import type { OnnxRuntime } from '../onnx-runtime.ts'
import type { ResourceCache } from '../resource-cache.ts'
import { loadSession, loadTokenizer, type OpenFile } from '../stored-model.ts'
import type { FusionNetworkParts } from './fusion-network.ts'

export interface FusionFilesParts {
  readonly runtime: OnnxRuntime
  readonly room: ResourceCache
  readonly open: OpenFile
}

export function fusionFiles(
  { tokenizer: file }: Pick<FusionManifest, 'tokenizer'>,
  { runtime, room, open }: FusionFilesParts,
): Pick<FusionNetworkParts, 'session' | 'tokenizer'> {
  return {
    session: (graph) =>
      room.use(
        `${graph.sha256} ${graph.prepack}`,
        graph.resident_bytes,
        () => loadSession(runtime, graph, open),
        (loaded) => loaded.release(),
      ),
    tokenizer: () => room.use(`${file.sha256} fusion`, tokenizerBytes(file.bytes ?? 0), () => loadTokenizer(file, open)),
  }
}
