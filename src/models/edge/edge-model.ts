/**
 * A dual encoder behind the model port. In a run it answers items with embeddings; in a request it embeds one
 * picture or text.
 * @module
 */
import { sha256Hex } from '../../contracts/digest.ts'
import type { EdgeModel, Memory, OnStage, PictureEmbedding, PictureLook, ReadText } from '../../contracts/edge-model.ts'
import { choicesOf, framesOf, type ImageReference, type TaskId } from '../../contracts/item.ts'
import {
  LABELS_KEPT,
  type ModelAnswer,
  type OutputKind,
  type ReadImage,
  SampleError,
  type TextEmbedding,
  UNORDERED,
} from '../../contracts/model.ts'
import { inTurn, type Turn } from '../../contracts/turn.ts'
import { atIndex } from '../../contracts/warning.ts'
import { type ImageHeader, readImageHeader } from '../../media/image-header.ts'
import { clipEmbedding } from '../../metrics/clip-embedding.ts'
import { nearestLabels } from '../../metrics/label-embedding.ts'
import { taskOf } from '../../tasks/registry.ts'
import { nameEmoji } from '../../text/emoji/name-emoji.ts'
import type { Detector } from '../domain/detector.ts'
import type { DualEncoder } from './dual-encoder.ts'
import type { EmbeddingCache } from './embedding-cache.ts'
import { createLabelVectors, type LabelVectors } from './label-vectors.ts'
import { asSampleErrors, throwIfDamaged } from './sample-errors.ts'
import { decodedSides, domainOf, pack, PACKED_BESIDE, type SeenPicture, unpack } from './seen-picture.ts'
import type { Semaphore } from './semaphore.ts'
import type { Turns } from './turns.ts'
import { emojiWarning, isInDomain, pictureWarnings, textWarnings } from './warnings.ts'

export interface EdgeModelParts {
  readonly encoder: DualEncoder
  /** Tenant of the run. Vectors are recalled for this tenant only. */
  readonly tenant: string
  readonly readImage: ReadImage
  /**
   * Entered with a picture's encoded size before reading it, since several consumers may share an isolate.
   */
  readonly admit: Semaphore
  readonly turns: Turns
  readonly detector: Detector
  /** null: this deployment stores no vectors. */
  readonly cache: EmbeddingCache | null
  /** Vectors of labels, in this isolate. */
  readonly labels: Memory<LabelVectors>
  readonly createdAt?: number | undefined
}

/**
 * Emoji of a text that are named at most. A name is at least one token, so a model reads no further than
 * `max_length` names. Names have up to 46 characters: 500 of them keep a text of 8192 characters below the
 * tokenizer's limit.
 */
const MOST_NAMED = 500

/**
 * Answers items one after the other: an isolate has one thread and little memory.
 *
 * A sample is errored if no attempt could embed its picture or text, or if its stored picture is gone. A trap
 * of the runtime or a failure of storage is thrown unchanged, and the shard is retried.
 */
export async function createEdgeModel(parts: EdgeModelParts): Promise<EdgeModel> {
  const { encoder, tenant, readImage, admit, turns, detector, cache, labels, createdAt } = parts
  const { manifest } = encoder
  const identity = await encoder.identity()
  const detectorDigest = await detector.digest()
  const dimensions = manifest.embedding.dimensions + PACKED_BESIDE
  const keyOf = (scope: string, image: string) => ({ scope, image, identity, detector: detectorDigest, dimensions })

  const enter = (): Promise<Turn> => turns.enter(manifest.id, encoder.residentBytes)

  async function see(bytes: Uint8Array, onStage?: OnStage, undecided?: boolean) {
    const { embed, header, scale, sample } = await encoder.lookAt(bytes, onStage, undecided)
    const started = performance.now()
    const probabilities = detector.probabilities(sample)
    onStage?.('detect', performance.now() - started)
    const frames = header.frames ?? 1
    return {
      header,
      probabilities,
      embed: async (): Promise<SeenPicture> => ({ vector: await embed(), scale, frames, probabilities }),
    }
  }

  /** A stored picture with a cached vector is not read: its digest is its name. */
  async function seeStored(image: ImageReference | null, begin: () => Promise<void>): Promise<SeenPicture> {
    if (image === null) throw new SampleError('no_image', 'the item has no picture')
    const key = keyOf(`tenant ${tenant}`, image.sha256)
    const recalled = await cache?.recall(key)
    if (recalled) return unpack(recalled)
    return admit(image.bytes, async () => {
      const bytes = await readImage(image).catch(throwIfDamaged)
      await begin()
      const seen = await (await see(bytes)).embed()
      // A vector is stored only under the digest of the bytes it was made from.
      if (cache && (await sha256Hex(bytes)) === image.sha256) await cache.keep(key, pack(seen))
      return seen
    })
  }

  const labelVectors = createLabelVectors({ identity, embed: (text) => encoder.embedText(text), memory: labels })

  async function embedTexts(texts: readonly string[]): Promise<TextEmbedding[]> {
    const embeddings = []
    for (const text of texts) embeddings.push(await asSampleErrors('text_not_embedded', () => encoder.embedText(text)))
    return embeddings
  }

  /** The picture, and the reasons to trust its vector less. */
  function described({ vector, scale, frames, probabilities }: SeenPicture, width: number, height: number) {
    const decoded = decodedSides(width, height, scale)
    const domain = domainOf({ probabilities }, detectorDigest)
    const warnings = pictureWarnings(manifest, { width, height, decoded, domain, frames })
    return { vector, decoded, domain, inDomain: isInDomain(manifest, domain), warnings }
  }

  async function look(bytes: Uint8Array, scope: string, onStage?: OnStage, undecided?: boolean): Promise<PictureLook> {
    const started = performance.now()
    const sha256 = await sha256Hex(bytes)
    const answer = (header: ImageHeader, seen: SeenPicture, outcome: PictureEmbedding['cache']): PictureEmbedding => ({
      ...described(seen, header.orientedWidth, header.orientedHeight),
      header,
      sha256,
      cache: outcome,
    })
    const recalled = await cache?.recall(keyOf(scope, sha256))
    if (cache !== null) onStage?.('recall', performance.now() - started)
    if (recalled) {
      // The header is read again; that takes microseconds.
      const hit = answer(readImageHeader(bytes), unpack(recalled), 'hit')
      return { domain: hit.domain, embed: () => Promise.resolve(hit) }
    }
    const { header, probabilities, embed } = await see(bytes, onStage, undecided)
    return {
      domain: domainOf({ probabilities }, detectorDigest),
      async embed() {
        const seen = await embed()
        await cache?.keep(keyOf(scope, sha256), pack(seen))
        return answer(header, seen, cache === null ? 'bypass' : 'miss')
      },
    }
  }

  async function embedText(text: string, onStage?: OnStage): Promise<ReadText> {
    const embedding = await encoder.embedText(text, onStage)
    const atMost = Math.min(manifest.tokenizer.max_length, MOST_NAMED)
    const named =
      embedding.unknownTokens > 0 && manifest.text_vectors === undefined ? nameEmoji(text, atMost) : { text, count: 0 }
    if (named.count === 0) return { ...embedding, warnings: textWarnings(manifest, text, embedding) }
    const again = await encoder.embedText(named.text, onStage)
    return { ...again, warnings: [emojiWarning(manifest.id, named), ...textWarnings(manifest, named.text, again)] }
  }

  return {
    identity,
    manifest,
    ...(createdAt !== undefined && { createdAt }),
    concurrency: 1,
    supports: dualEncoderSupports,
    enter,
    look,
    embedText,
    embedTexts: (_item, texts) =>
      inTurn(enter, async (begin) => {
        await begin()
        return { texts: await embedTexts(texts) }
      }),
    async run({ item, output, templates, texts: given }) {
      const supported = dualEncoderSupports(item.task, output)
      if (supported !== true) throw new Error(`the plan should have refused this: ${supported}`)
      return inTurn(enter, async (begin): Promise<ModelAnswer> => {
        const seen: ReturnType<typeof described>[] = []
        const frames = framesOf(item)
        for (const frame of frames.length === 0 ? [null] : frames) {
          const picture = await asSampleErrors('image_not_embedded', () => seeStored(frame, begin))
          seen.push(described(picture, frame!.width, frame!.height))
        }
        const image = clipEmbedding(seen.map(({ vector }) => vector))
        // A reason that several frames give is said once.
        const warnings = [...new Map(seen.flatMap((frame) => frame.warnings).map((warning) => [warning.code, warning])).values()]
        await begin()
        if (output === 'labels') {
          const { vectors, ...read } = await labelVectors(choicesOf(item), templates)
          const ranked = nearestLabels(image, vectors, LABELS_KEPT)
          return { output: { kind: 'labels', ranked, read }, calls: 1, warnings }
        }
        const texts = given ?? taskOf(item.task).texts(item)
        const embeddings = await embedTexts(texts)
        return {
          output: { kind: 'embeddings', image, texts: embeddings },
          calls: 1,
          warnings: [
            ...warnings,
            ...embeddings.flatMap((embedding, index) => atIndex(textWarnings(manifest, texts[index]!, embedding), index)),
          ],
        }
      })
    },
  }
}

/**
 * Whether a dual encoder gives an output for a task: true, or a sentence with the reason why not.
 * @internal
 */
export function dualEncoderSupports(task: TaskId, output: OutputKind): true | string {
  const { pictures, chooses = false } = taskOf(task)
  if (chooses && output === 'rotations') return UNORDERED
  if (output !== (chooses ? 'labels' : 'embeddings'))
    return `an edge model that embeds pictures and texts gives embeddings, not ${output}; use an endpoint, or upload results`
  if (pictures !== 1) return `an edge model embeds one picture per item, and ${task} items have ${pictures}`
  return true
}
