/**
 * A dual encoder behind the model port. In a run it answers items with embeddings; in a request it embeds one
 * picture or text.
 * @module
 */
import { sha256Hex } from '../../contracts/digest.ts'
import type { EdgeModel, PictureEmbedding } from '../../contracts/edge-model.ts'
import { type ImageReference, pictureOf, type TaskId } from '../../contracts/item.ts'
import { type OutputKind, type ReadImage, SampleError, type TextEmbedding } from '../../contracts/model.ts'
import { readImageHeader } from '../../media/image-header.ts'
import { taskOf } from '../../tasks/registry.ts'
import type { DualEncoder } from './dual-encoder.ts'
import type { EmbeddingCache } from './embedding-cache.ts'
import { asSampleErrors, throwIfDamaged } from './sample-errors.ts'
import type { Semaphore } from './semaphore.ts'

export interface EdgeModelParts {
  readonly encoder: DualEncoder
  /** Tenant of the run. Vectors are recalled for this tenant only. */
  readonly tenant: string
  readonly readImage: ReadImage
  /**
   * Entered with a picture's encoded size before reading it, since several consumers may share an isolate.
   */
  readonly admit: Semaphore
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
  const { encoder, tenant, readImage, admit, cache, createdAt } = parts
  const { manifest } = encoder
  const identity = await encoder.identity()
  const keyOf = (scope: string, image: string) => ({ scope, image, identity, dimensions: manifest.embedding.dimensions })

  /** A stored picture with a cached vector is not read: its digest is its name. */
  async function embedStored(image: ImageReference | null): Promise<Float32Array> {
    if (image === null) throw new SampleError('no_image', 'the item has no picture')
    const key = keyOf(`tenant ${tenant}`, image.sha256)
    const recalled = await cache?.recall(key)
    if (recalled) return recalled
    return admit(image.bytes, async () => {
      const bytes = await readImage(image).catch(throwIfDamaged)
      const { vector } = await encoder.embedImage(bytes)
      // A vector is stored only under the digest of the bytes it was made from.
      if (cache && (await sha256Hex(bytes)) === image.sha256) await cache.keep(key, vector)
      return vector
    })
  }

  async function embedTexts(texts: readonly string[]): Promise<TextEmbedding[]> {
    const embeddings = []
    for (const text of texts) embeddings.push(await asSampleErrors('text_not_embedded', () => encoder.embedText(text)))
    return embeddings
  }

  async function embedPicture(
    bytes: Uint8Array,
    scope: string,
    onStage?: Parameters<EdgeModel['embedPicture']>[2],
  ): Promise<PictureEmbedding> {
    const started = performance.now()
    const sha256 = await sha256Hex(bytes)
    if (cache === null) return { ...(await encoder.embedImage(bytes, onStage)), sha256, cache: 'bypass' }
    const recalled = await cache.recall(keyOf(scope, sha256))
    onStage?.('recall', performance.now() - started)
    // The header is read again; that takes microseconds.
    if (recalled !== null) return { vector: recalled, header: readImageHeader(bytes), sha256, cache: 'hit' }
    const { vector, header } = await encoder.embedImage(bytes, onStage)
    await cache.keep(keyOf(scope, sha256), vector)
    return { vector, header, sha256, cache: 'miss' }
  }

  return {
    identity,
    manifest,
    ...(createdAt !== undefined && { createdAt }),
    concurrency: 1,
    supports: dualEncoderSupports,
    embedPicture,
    embedText: (text, onStage) => encoder.embedText(text, onStage),
    async run({ item, output }) {
      const supported = dualEncoderSupports(item.task, output)
      if (supported !== true) throw new Error(`the plan should have refused this: ${supported}`)
      const image = await asSampleErrors('image_not_embedded', () => embedStored(pictureOf(item)))
      return { output: { kind: 'embeddings', image, texts: await embedTexts(taskOf(item.task).texts(item)) }, calls: 1 }
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
