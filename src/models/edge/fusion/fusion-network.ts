/**
 * The graphs of a model that answers: a picture to rows of things; rows and a text to logits, or rows to
 * captions. One picture and one text per run of a session.
 * @module
 */
import { digestOf } from '../../../contracts/digest.ts'
import type { OnStage } from '../../../contracts/edge-model.ts'
import type { AnsweringManifest, FusionGraph, FusionManifest } from '../../../contracts/fusion-manifest.ts'
import type { Tokenizer } from '../../../text/tokenizer.ts'
import type { Preprocessing } from '../dual-encoder.ts'
import type { Session } from '../onnx-runtime.ts'
import { type Attend, createAttention } from './attention.ts'
import { createCaptioner, type Describe } from './captioner.ts'
import { createPerception, type Look } from './perception.ts'
import { readerInputs, type RowsOfPicture } from './reader-inputs.ts'
import { graphRunner, type RunGraph } from './run-graph.ts'
import { rowWidth } from './things.ts'

export interface Logits {
  readonly answer: Float32Array
  readonly truth: number
  readonly match: number
  readonly tokens: number
  readonly truncated: boolean
  readonly unknownTokens: number
}

export interface FusionNetwork {
  readonly manifest: AnsweringManifest
  /** Digest of the files and of all members that affect the computation, except image preprocessing. */
  modelDigest(): Promise<string>
  readonly look: Look
  /**
   * @param pictures rows of one picture, or of the left and the right one
   * @throws {Error} for a captioner
   */
  read(pictures: readonly RowsOfPicture[], text: string, onStage?: OnStage): Promise<Logits>
  /** @throws {Error} for a captioner, and for a graph without attention */
  readonly attend: Attend
  readonly describe: Describe
}

export interface FusionNetworkParts extends Pick<Preprocessing, 'preprocess'> {
  readonly manifest: AnsweringManifest
  /** Called before every run, since a session may be evicted afterwards. */
  readonly session: (graph: FusionGraph) => Promise<Session>
  readonly tokenizer: () => Promise<Tokenizer>
  /** The text of token ids. */
  readonly words: () => Promise<(ids: readonly number[]) => string>
}

export function createFusionNetwork({ manifest, session, tokenizer, words, preprocess }: FusionNetworkParts): FusionNetwork {
  const run = graphRunner(session)
  return {
    manifest,
    modelDigest: () => digestOf(computation(manifest)),
    look: createPerception(manifest, run, preprocess),
    read: manifest.kind === 'fusion' ? createReader(manifest, run, tokenizer) : () => lacks(manifest, 'takes no text'),
    attend:
      manifest.kind === 'fusion' ? createAttention(manifest, run, tokenizer, words) : () => lacks(manifest, 'takes no text'),
    describe: manifest.kind === 'captioner' ? createCaptioner(manifest, run, words) : () => lacks(manifest, 'says no captions'),
  }
}

function createReader(manifest: FusionManifest, run: RunGraph, tokenizer: () => Promise<Tokenizer>): FusionNetwork['read'] {
  const { fusion } = manifest
  const width = rowWidth(manifest)
  return async (pictures, text, onStage) => {
    const started = performance.now()
    const { ids, tokens, truncated, unknownTokens } = (await tokenizer()).encode(text)
    const outputs = await run(fusion, readerInputs(pictures, ids, width))
    const answer = outputs('answer').data
    const truth = outputs('truth').data[0]!
    const match = outputs('match').data[0]!
    onStage?.('infer_text', performance.now() - started)
    if (![...answer, truth, match].every(Number.isFinite)) throw new Error(`${fusion.file} gives logits that are not finite`)
    return { answer, truth, match, tokens, truncated, unknownTokens }
  }
}

async function lacks({ id }: AnsweringManifest, what: string): Promise<never> {
  throw new Error(`${id} ${what}`)
}

function computation(manifest: AnsweringManifest) {
  const { detector, namer, tokenizer: file } = manifest
  const { stride, sure, overlap, most, forms, colours } = detector
  const common = {
    kind: manifest.kind,
    detector: { ...computedBy(detector), stride, sure, overlap, most, forms, colours },
    namer: { ...computedBy(namer), kinds: namer.kinds, from: namer.from, margin: namer.margin },
    tokenizer: { sha256: file.sha256, max_length: file.max_length },
  }
  if (manifest.kind === 'fusion') return { ...common, fusion: computedBy(manifest.fusion), answers: manifest.answers }
  const { layers, heads, depth, begin, end, longest, beams, length_power } = manifest.step
  const search = { layers, heads, depth, begin, end, longest, beams, length_power }
  return { ...common, encoder: computedBy(manifest.encoder), step: { ...computedBy(manifest.step), ...search } }
}

const computedBy = ({ sha256, prepack }: FusionGraph) => ({ sha256, prepack })
