/**
 * A model added to this deployment. Its files are stored, and loaded on first use.
 * @module
 */
import { memoryDemandOf, tokenizerBytes, towerBytes } from '../../contracts/memory-budget.ts'
import type { DualEncoderManifest, StoredFile, TokenizerFile, TowerSpec } from '../../contracts/model-manifest.ts'
import { sha256Hex, toHex } from '../../contracts/digest.ts'
import { Fault } from '../../contracts/failure.ts'
import { release } from '../../contracts/release.ts'
import { readTextVectors, type TextVectors } from '../../contracts/text-vectors.ts'
import { createTokenizer, type Tokenizer, tokenizerOptions } from '../../text/tokenizer.ts'
import { graphOver } from '../onnx/external-data.ts'
import { readExternalWeights } from './external-weights.ts'
import { assembleDualEncoder, type DualEncoder, type Preprocessing, textEmbedder, type EmbedText } from './dual-encoder.ts'
import type { OnnxRuntime, Session } from './onnx-runtime.ts'
import type { ResourceCache } from './resource-cache.ts'
import { createTower, type Tower } from './tower.ts'

/** Opens a stored file. @throws {Error} if it is gone or differs from its record */
export type OpenFile = (file: Pick<StoredFile, 'file' | 'sha256'>) => Promise<ReadableStream<Uint8Array>>

export interface StoredModelParts extends Preprocessing {
  readonly manifest: DualEncoderManifest
  readonly open: OpenFile
  readonly room: ResourceCache
  /** Runs a tower in this isolate. */
  readonly here: TowerHost
  /** Runs a tower in a separate Worker, if the manifest says so. */
  readonly away: { readonly vision: TowerHost | null; readonly text: TowerHost | null }
}

/** Where a tower runs. */
export type TowerHost = (spec: TowerSpec, dimensions: number) => Tower

export function createStoredModel({ manifest, open, room, here, away, ...preprocessing }: StoredModelParts): DualEncoder {
  const tower = (half: 'vision' | 'text'): Tower => {
    const host = manifest.placement?.[half] === 'worker' ? away[half] : here
    if (host === null) throw noWorker(manifest, half)
    return host(manifest[half], manifest.embedding.dimensions)
  }
  const { tokenizer: file } = manifest
  const tokenizer = (): Promise<Tokenizer> =>
    room.use(`${file.sha256} ${JSON.stringify(tokenizerOptions(file))}`, tokenizerBytes(file.bytes ?? 0), () =>
      loadTokenizer(file, open),
    )
  return assembleDualEncoder(manifest, {
    ...preprocessing,
    residentBytes: memoryDemandOf(manifest, file.bytes ?? 0).answering,
    vision: tower('vision'),
    texts:
      manifest.text_vectors === undefined
        ? textEmbedder(manifest, tokenizer, tower('text'))
        : textLookup(manifest, manifest.text_vectors, open, room),
  })
}

/** Reads a tokenizer's file. */
export async function loadTokenizer(file: TokenizerFile, open: OpenFile): Promise<Tokenizer> {
  return createTokenizer(await readTokenizerFile(file, open), tokenizerOptions(file))
}

/** The parsed JSON of a tokenizer's file. */
export async function readTokenizerFile(file: TokenizerFile, open: OpenFile): Promise<unknown> {
  const bytes = await readWhole(open, file)
  const json: unknown = JSON.parse(new TextDecoder().decode(bytes))
  release(bytes)
  return json
}

/** Towers in this isolate, as far as memory allows. */
export function towersHere(runtime: OnnxRuntime, room: ResourceCache, open: OpenFile): TowerHost {
  return (spec, dimensions) => {
    const load = (): Promise<Session> => loadSession(runtime, spec, open)
    const session = (): Promise<Session> => room.use(keyOf(spec), towerBytes(spec), load, (loaded) => loaded.release())
    return createTower({ session, isLoaded: () => room.has(keyOf(spec)) }, spec, dimensions)
  }
}

/** Two towers may share a graph and differ in their weights. */
function keyOf({ sha256, prepack, external_data: beside }: TowerSpec): string {
  return [sha256, prepack, ...(beside ?? []).map((data) => data.sha256)].join(' ')
}

type SessionSpec = Pick<TowerSpec, 'file' | 'sha256' | 'prepack' | 'external_data'>

/**
 * Reads a tower's files, and frees each buffer as soon as the runtime has copied it. Weights inside the graph
 * are read where they lie: otherwise the runtime would copy them three times.
 */
export async function loadSession(runtime: OnnxRuntime, spec: SessionSpec, open: OpenFile): Promise<Session> {
  const file = await readWhole(open, spec)
  try {
    if (spec.external_data === undefined)
      return await runtime.createSession(graphOver(file, spec.file), {
        prepack: spec.prepack,
        externalData: [{ path: spec.file, data: file }],
      })
    const externalData = []
    for (const beside of spec.external_data) externalData.push({ path: beside.path, data: await readWeights(open, beside, file) })
    return await runtime.createSession(file, { prepack: spec.prepack, externalData })
  } finally {
    release(file)
  }
}

function textLookup(manifest: DualEncoderManifest, file: StoredFile, open: OpenFile, room: ResourceCache): EmbedText {
  const vectors = (): Promise<TextVectors> =>
    room.use(file.sha256, file.bytes, async () => readTextVectors(await readWhole(open, file)))
  return async (text) => {
    const { size, find } = await vectors()
    const found = await find(text)
    if (found !== null) return found
    const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
    const detail = `model ${manifest.id} has the embeddings of ${size} texts, and ${shown} is not one of them; add it with "assay models add … --texts"`
    throw new Fault({ kind: 'unprocessable', detail, errors: [{ pointer: '', detail }] })
  }
}

function noWorker(manifest: DualEncoderManifest, half: 'vision' | 'text'): Fault {
  const detail = `model ${manifest.id} runs its ${half} tower in a Worker of its own, and this deployment has no binding to one`
  return new Fault({ kind: 'unavailable', detail, retryAfterSeconds: 60 })
}

type NamedFile = Pick<StoredFile, 'file' | 'sha256'>

/** @throws {Fault} `damaged` if its length or digest is wrong */
async function readWhole(open: OpenFile, file: NamedFile & { readonly bytes?: number | undefined }): Promise<Uint8Array> {
  const stream = await open(file)
  const bytes =
    file.bytes === undefined ? new Uint8Array(await new Response(stream).arrayBuffer()) : await gather(stream, file.bytes)
  if (bytes === null || (await sha256Hex(bytes)) !== file.sha256) throw damaged(file)
  return bytes
}

/** One buffer of known length: `arrayBuffer()` would hold the file twice. Null for another length. */
async function gather(stream: ReadableStream<Uint8Array>, length: number): Promise<Uint8Array | null> {
  const reader = byteReader(stream)
  if (reader !== null) return fill(reader, length)
  const bytes = new Uint8Array(length)
  let at = 0
  for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) {
    if (at + chunk.length > length) return null
    bytes.set(chunk, at)
    at += chunk.length
  }
  return at === length ? bytes : null
}

/** Null for a stream that is none of bytes. */
function byteReader(stream: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | null {
  try {
    return stream.getReader({ mode: 'byob' })
  } catch {
    return null
  }
}

/** Reads into one buffer, so that no chunk waits for V8 to collect it. */
async function fill(reader: ReadableStreamBYOBReader, length: number): Promise<Uint8Array | null> {
  // One byte more, so that a longer file shows.
  let bytes: Uint8Array = new Uint8Array(length + 1)
  let at = 0
  while (at <= length) {
    const read: { readonly done: boolean; readonly value?: Uint8Array | undefined } = await reader.read(bytes.subarray(at))
    if (read.value !== undefined) bytes = new Uint8Array(read.value.buffer)
    if (read.done) return at === length ? bytes.subarray(0, length) : null
    at += read.value!.length
  }
  await reader.cancel()
  return null
}

/** Checks a file as it streams, without holding it whole. Only workerd can. */
async function readWeights(open: OpenFile, file: StoredFile & { readonly path: string }, graph: Uint8Array): Promise<Uint8Array> {
  const stream = await open(file)
  if (!('DigestStream' in crypto)) return readExternalWeights(stream, graph, file.path, file.bytes)
  const digest = new crypto.DigestStream('SHA-256')
  const writer = digest.getWriter()
  const data = await readExternalWeights(stream, graph, file.path, file.bytes, (chunk) => writer.write(chunk))
  await writer.close()
  if (toHex(new Uint8Array(await digest.digest)) !== file.sha256) throw damaged(file)
  return data
}

function damaged({ file, sha256 }: NamedFile): Fault {
  return new Fault({ kind: 'damaged', object: sha256, detail: `model file ${file} is damaged: its SHA-256 is not ${sha256}` })
}
