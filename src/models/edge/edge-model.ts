/**
 * A dual encoder behind the model port. In a run it answers items with embeddings; in a request it embeds one
 * picture or text.
 * @module
 */
import { sha256Hex } from '../../contracts/digest.ts'
import type { EdgeModel, OnStage, PictureEmbedding, ReadText } from '../../contracts/edge-model.ts'
import { type ImageReference, pictureOf, type TaskId } from '../../contracts/item.ts'
import { type OutputKind, type ReadImage, SampleError, type TextEmbedding } from '../../contracts/model.ts'
import { atIndex } from '../../contracts/warning.ts'
import { type ImageHeader, readImageHeader } from '../../media/image-header.ts'
import { taskOf } from '../../tasks/registry.ts'
import { nameEmoji } from '../../text/emoji/name-emoji.ts'
import type { Detector } from '../domain/detector.ts'
import type { DualEncoder } from './dual-encoder.ts'
import type { EmbeddingCache } from './embedding-cache.ts'
import { asSampleErrors, throwIfDamaged } from './sample-errors.ts'
import { decodedSides, domainOf, pack, PACKED_BESIDE, type SeenPicture, unpack } from './seen-picture.ts'
import type { Semaphore } from './semaphore.ts'
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
  readonly detector: Detector
  /** null: this deployment stores no vectors. */
  readonly cache: EmbeddingCache | null
  readonly createdAt?: number | undefined
}

/**
 * Answers items one after the other: an isolate has one thread and little memory.
 *
 * A sample is errored if no attempt could embed its picture or text, or if its stored picture is gone. A trap
 * of the runtime or a failure of storage is thrown unchanged, and the shard is retried.
 */
export async function createEdgeModel(parts: EdgeModelParts): Promise<EdgeModel> {
  const { encoder, tenant, readImage, admit, detector, cache, createdAt } = parts
  const { manifest } = encoder
  const identity = await encoder.identity()
  const detectorDigest = await detector.digest()
  const dimensions = manifest.embedding.dimensions + PACKED_BESIDE
  const keyOf = (scope: string, image: string) => ({ scope, image, identity, detector: detectorDigest, dimensions })

  async function see(bytes: Uint8Array, onStage?: OnStage) {
    const { vector, header, scale, sample } = await encoder.embedImage(bytes, onStage)
    const started = performance.now()
    const probabilities = detector.probabilities(sample)
    onStage?.('detect', performance.now() - started)
    return { header, seen: { vector, scale, probabilities } }
  }

  /** A stored picture with a cached vector is not read: its digest is its name. */
  async function seeStored(image: ImageReference | null): Promise<SeenPicture> {
    if (image === null) throw new SampleError('no_image', 'the item has no picture')
    const key = keyOf(`tenant ${tenant}`, image.sha256)
    const recalled = await cache?.recall(key)
    if (recalled) return unpack(recalled)
    return admit(image.bytes, async () => {
      const bytes = await readImage(image).catch(throwIfDamaged)
      const { seen } = await see(bytes)
      // A vector is stored only under the digest of the bytes it was made from.
      if (cache && (await sha256Hex(bytes)) === image.sha256) await cache.keep(key, pack(seen))
      return seen
    })
  }

  async function embedTexts(texts: readonly string[]): Promise<TextEmbedding[]> {
    const embeddings = []
    for (const text of texts) embeddings.push(await asSampleErrors('text_not_embedded', () => encoder.embedText(text)))
    return embeddings
  }

  /** The picture, and the reasons to trust its vector less. */
  function described({ vector, scale, probabilities }: SeenPicture, width: number, height: number, frames?: number) {
    const decoded = decodedSides(width, height, scale)
    const domain = domainOf({ probabilities }, detectorDigest)
    const warnings = pictureWarnings(manifest, { width, height, decoded, domain, frames })
    return { vector, decoded, domain, inDomain: isInDomain(manifest, domain), warnings }
  }

  async function embedPicture(bytes: Uint8Array, scope: string, onStage?: OnStage): Promise<PictureEmbedding> {
    const started = performance.now()
    const sha256 = await sha256Hex(bytes)
    const answer = (header: ImageHeader, seen: SeenPicture, outcome: PictureEmbedding['cache']): PictureEmbedding => ({
      ...described(seen, header.orientedWidth, header.orientedHeight, header.frames),
      header,
      sha256,
      cache: outcome,
    })
    const recalled = await cache?.recall(keyOf(scope, sha256))
    if (cache !== null) onStage?.('recall', performance.now() - started)
    // The header is read again; that takes microseconds.
    if (recalled) return answer(readImageHeader(bytes), unpack(recalled), 'hit')
    const { header, seen } = await see(bytes, onStage)
    await cache?.keep(keyOf(scope, sha256), pack(seen))
    return answer(header, seen, cache === null ? 'bypass' : 'miss')
  }

  async function embedText(text: string, onStage?: OnStage): Promise<ReadText> {
    const embedding = await encoder.embedText(text, onStage)
    const named = embedding.unknownTokens > 0 && manifest.text_vectors === undefined ? nameEmoji(text) : { text, count: 0 }
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
    embedPicture,
    embedText,
    async run({ item, output }) {
      const supported = dualEncoderSupports(item.task, output)
      if (supported !== true) throw new Error(`the plan should have refused this: ${supported}`)
      const picture = pictureOf(item)
      const seen = await asSampleErrors('image_not_embedded', () => seeStored(picture))
      const texts = taskOf(item.task).texts(item)
      const embeddings = await embedTexts(texts)
      const { warnings } = described(seen, picture!.width, picture!.height)
      return {
        output: { kind: 'embeddings', image: seen.vector, texts: embeddings },
        calls: 1,
        warnings: [
          ...warnings,
          ...embeddings.flatMap((embedding, index) => atIndex(textWarnings(manifest, texts[index]!, embedding), index)),
        ],
      }
    },
  }
}

/**
 * Whether a dual encoder gives an output for a task: true, or a sentence with the reason why not.
 * @internal
 */
export function dualEncoderSupports(task: TaskId, output: OutputKind): true | string {
  if (output !== 'embeddings')
    return `an edge model that embeds pictures and texts gives embeddings, not ${output}; use an endpoint, or upload results`
  const { pictures } = taskOf(task)
  if (pictures !== 1) return `an edge model embeds one picture per item, and ${task} items have ${pictures}`
  return true
}
