/**
 * A prepared model's embeddings of chosen texts, computed by the Worker's own runtime: the same bits.
 * @module
 */
import { notJson } from '../../contracts/not-json.ts'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256Hex } from '../../contracts/digest.ts'
import type { ModelManifest } from '../../contracts/model-manifest.ts'
import type { TextEmbedding } from '../../contracts/model.ts'
import { encodeTextVectors } from '../../contracts/text-vectors.ts'
import { textEmbedder, unitVector } from '../../models/edge/dual-encoder.ts'
import { loadSession } from '../../models/edge/stored-model.ts'
import { createTower, loaded } from '../../models/edge/tower.ts'
import { createTokenizer, tokenizerOptions } from '../../text/tokenizer.ts'
import { nodeRuntime } from './node-runtime.ts'
import { Refusal } from './refusal.ts'
import { openLocal } from './source.ts'

/** The texts of a file: JSON Lines of strings in `.jsonl`, an array in `.json`, otherwise one per line. */
export function textsOfFile(name: string, content: string): string[] {
  const plain = content.replace(/^\uFEFF/, '')
  const parse = (json: string, where: string): unknown => {
    try {
      return JSON.parse(json)
    } catch (error) {
      throw new Refusal(`${name}${where} ${notJson(error)}`, { cause: error })
    }
  }
  const lines = plain.split(/\r?\n/).filter((line) => line !== '')
  const values = name.endsWith('.jsonl')
    ? lines.map((line, index) => parse(line, `, line ${index + 1}`))
    : name.endsWith('.json')
      ? parse(plain, '')
      : lines
  if (!Array.isArray(values)) throw new Refusal(`${name} must hold an array of texts`)
  const wrong = values.findIndex((value) => typeof value !== 'string')
  if (wrong >= 0) throw new Refusal(`${name}: entry ${wrong} is not a text`)
  if (values.length === 0) throw new Refusal(`${name} holds no text`)
  return [...new Set(values as string[])]
}

/**
 * Writes `texts.vectors` into the folder and names it in the manifest.
 * @returns the manifest with `text_vectors`; a text tower in a separate Worker is then unnecessary
 */
export async function embedTexts(manifest: ModelManifest, folder: string, texts: readonly string[]): Promise<ModelManifest> {
  const json: unknown = JSON.parse(await readFile(join(folder, manifest.tokenizer.file), 'utf8'))
  const tokenizer = createTokenizer(json, tokenizerOptions(manifest.tokenizer))
  const session = await loadSession(await nodeRuntime(), manifest.text, ({ file }) => openLocal(join(folder, file)))
  const { dimensions, normalized } = manifest.embedding
  const embed = textEmbedder(manifest, async () => tokenizer, createTower(loaded(session), manifest.text, dimensions))
  const embeddings = new Map<string, TextEmbedding>()
  for (const text of texts) {
    const embedding = await embed(text)
    embeddings.set(text, normalized ? embedding : { ...embedding, vector: unitVector(embedding.vector) })
  }
  await session.release()
  const bytes = await encodeTextVectors(embeddings, dimensions)
  const file = 'texts.vectors'
  await writeFile(join(folder, file), bytes)
  const { placement, ...rest } = manifest
  const vision = placement?.vision === 'worker' ? { placement: { vision: 'worker', text: 'isolate' } as const } : {}
  return {
    ...rest,
    ...vision,
    text_vectors: { file, sha256: await sha256Hex(bytes), bytes: bytes.length, texts: embeddings.size },
  }
}
