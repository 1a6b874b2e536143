/**
 * Sessions and tokenizer of a fusion model, loaded on first use into the isolate's cache of resources.
 * @module
 */
import type { AnsweringManifest } from '../../../contracts/fusion-manifest.ts'
import { tokenizerBytes } from '../../../contracts/memory-budget.ts'
import type { OnnxRuntime } from '../onnx-runtime.ts'
import type { ResourceCache } from '../resource-cache.ts'
import { loadSession, loadTokenizer, type OpenFile, readTokenizerFile } from '../stored-model.ts'
import { createWordPieceDecoder } from '../../../text/wordpiece-decoder.ts'
import type { FusionNetworkParts } from './fusion-network.ts'

export interface FusionFilesParts {
  readonly runtime: OnnxRuntime
  readonly room: ResourceCache
  readonly open: OpenFile
}

export function fusionFiles(
  { tokenizer: file }: Pick<AnsweringManifest, 'tokenizer'>,
  { runtime, room, open }: FusionFilesParts,
): Pick<FusionNetworkParts, 'session' | 'tokenizer' | 'words'> {
  return {
    session: (graph) =>
      room.use(
        `${graph.sha256} ${graph.prepack}`,
        graph.resident_bytes,
        () => loadSession(runtime, graph, open),
        (loaded) => loaded.release(),
      ),
    words: () =>
      room.use(`${file.sha256} words`, tokenizerBytes(file.bytes ?? 0), async () =>
        createWordPieceDecoder(await readTokenizerFile(file, open)),
      ),
    tokenizer: () => room.use(`${file.sha256} fusion`, tokenizerBytes(file.bytes ?? 0), () => loadTokenizer(file, open)),
  }
}
