/**
 * A model's towers in native ONNX Runtime on one thread, with the Worker's inputs.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type * as Ort from 'onnxruntime-common'
import type { ModelManifest } from '../../src/contracts/model-manifest.ts'
import { preprocessImage } from '../../src/media/preprocess.ts'
import { createTokenizer, tokenizerOptions } from '../../src/text/tokenizer.ts'
import { nodeCodecs } from '../../test/support/node-dual-encoder.ts'
import { nativeRuntime } from '../score/native.ts'
import { benchPicture } from '../score/picture.ts'
import { SIDE, TEXT } from './input.ts'

export type NativeTowers = Record<'vision' | 'text', () => Promise<unknown>>

/** @param folder holds the files of the manifest; the runtime finds weights beside a graph there */
export async function nativeTowers(manifest: ModelManifest, folder: string): Promise<NativeTowers> {
  const ort = nativeRuntime()
  const { vision, text, image, tokenizer } = manifest
  const { tensor } = await preprocessImage(benchPicture(SIDE), image, await nodeCodecs())
  const json: unknown = JSON.parse(await readFile(join(folder, tokenizer.file), 'utf8'))
  const { ids, tokens } = createTokenizer(json, tokenizerOptions(tokenizer)).encode(manifest.prompt_prefix + TEXT)
  const shape = [1, ids.length]
  const mask = BigInt64Array.from(ids, (_, place) => (place < tokens ? 1n : 0n))
  const feeds = {
    vision: { [vision.input]: new ort.Tensor('float32', tensor, [1, 3, image.size, image.size]) },
    text: {
      [text.input]: new ort.Tensor('int64', BigInt64Array.from(ids, BigInt), shape),
      ...(text.attention_mask === undefined ? {} : { [text.attention_mask]: new ort.Tensor('int64', mask, shape) }),
    },
  }
  const run = async (file: string, feed: Record<string, Ort.Tensor>): Promise<() => Promise<unknown>> => {
    const session = await ort.InferenceSession.create(join(folder, file), {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
    })
    return () => session.run(feed)
  }
  return { vision: await run(vision.file, feeds.vision), text: await run(text.file, feeds.text) }
}
