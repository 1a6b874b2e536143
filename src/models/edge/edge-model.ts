/**
 * An edge model as the subject of a run.
 * @module
 */
import { sha256Hex } from '../../contracts/digest.ts'
import { Fault, type Failure } from '../../contracts/failure.ts'
import { type ImageReference, pictureOf } from '../../contracts/item.ts'
import { taskOf } from '../../tasks/registry.ts'
import { type ReadImage, SampleError } from '../../contracts/model.ts'
import type { Observation, Predictor } from '../../contracts/predictor.ts'
import type { DualEncoder } from './dual-encoder.ts'
import type { EmbeddingCache } from './embedding-cache.ts'
import type { Semaphore } from './semaphore.ts'

/**
 * Observes one item after the other: an isolate has one thread and little memory.
 *
 * An errored sample is a picture or text that no attempt could embed, or a stored picture that is gone. A trap of the runtime or a
 * storage failure is neither: it is thrown as it is, and the shard retried.
 * A picture whose vector is remembered is not read: it is stored under its own digest, and nothing is deleted that a run uses.
 * @param admit entered with a picture's encoded size before it is read; several consumers may share an isolate
 */
export function createEdgeModel(
  model: DualEncoder,
  readImage: ReadImage,
  admit: Semaphore = (_, task) => task(),
  memory?: { readonly cache: EmbeddingCache; readonly scope: string },
): Predictor {
  async function embedImage(image: ImageReference | null): Promise<Float32Array> {
    if (image === null) throw new SampleError('no_image', 'the item has no picture')
    const key = memory && {
      scope: memory.scope,
      image: image.sha256,
      identity: await model.identity(),
      dimensions: model.manifest.embedding.dimensions,
    }
    const recalled = key && (await memory.cache.recall(key))
    if (recalled) return recalled
    return admit(image.bytes, async () => {
      const bytes = await readImage(image).catch(asDamagedImage)
      const { vector } = await model.embedImage(bytes)
      // Whatever was read, a vector is kept under the digest of the bytes it was made of, and no other.
      if (key && (await sha256Hex(bytes)) === image.sha256) await memory.cache.keep(key, vector)
      return vector
    })
  }

  return {
    provides: ['image_embedding', 'text_embeddings'],
    concurrency: 1,
    observe: (item, needs) =>
      asSampleErrors('image_not_embedded', async () => {
        if (needs.has('answer'))
          throw new Error(`${model.manifest.id} embeds and does not answer: the plan should have refused it`)
        const observation: { -readonly [K in keyof Observation]: Observation[K] } = { calls: 1 }
        if (needs.has('image_embedding')) observation.imageEmbedding = await embedImage(pictureOf(item))
        if (needs.has('text_embeddings')) {
          const embeddings = []
          for (const text of taskOf(item.task).texts(item))
            embeddings.push(await asSampleErrors('text_not_embedded', () => model.embedText(text)))
          observation.textEmbeddings = embeddings
        }
        return observation
      }),
  }
}

/** @param unusable the code where the model gives no usable vector for this input */
/** A picture that is damaged costs its own item, no other. */
function asDamagedImage(error: unknown): never {
  if (error instanceof Fault && error.failure.kind === 'damaged')
    throw new SampleError('image_damaged', error.message, { cause: error })
  throw error
}

async function asSampleErrors<T>(unusable: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    const kind = error instanceof Fault ? error.failure.kind : undefined
    const code = kind === 'unprocessable' ? unusable : kind && FINAL[kind]
    if (code) throw new SampleError(code, (error as Fault).message, { cause: error })
    throw error
  }
}

/** Failures that another attempt would meet again. */
const FINAL: Partial<Record<Failure['kind'], string>> = {
  bad_image: 'bad_image',
  too_large: 'too_large',
  unsupported_media: 'unsupported_media',
  not_found: 'image_missing',
}
