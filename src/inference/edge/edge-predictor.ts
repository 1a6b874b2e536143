/**
 * An edge model as the subject of a run.
 * @module
 */
import { Fault, type Failure } from '../../contracts/failure.ts'
import { type ImageReference, type Item, pictureOf } from '../../contracts/item.ts'
import { type Observation, type Predictor, type ReadImage, SampleError } from '../../contracts/predictor.ts'
import type { EdgeModel } from './edge-model.ts'
import type { Gate } from './gate.ts'

/**
 * Observes one item after the other: an isolate has one thread and little memory.
 *
 * An errored sample is a picture or text that no attempt could embed, or a stored picture that is gone. A trap of the runtime or a
 * storage failure is neither: it is thrown as it is, and the shard retried.
 * @param admit entered with a picture's encoded size before it is read; several consumers may share an isolate
 */
export function createEdgePredictor(model: EdgeModel, readImage: ReadImage, admit: Gate = (_, task) => task()): Predictor {
  async function embedImage(image: ImageReference | null): Promise<Float32Array> {
    if (image === null) throw new SampleError('no_image', 'the item has no picture')
    return admit(image.bytes, async () => (await model.embedImage(await readImage(image))).vector)
  }

  return {
    provides: ['image_embedding', 'text_embeddings'],
    concurrency: 1,
    observe: (item, needs) =>
      asSampleErrors(async () => {
        if (needs.has('answer'))
          throw new Error(`${model.manifest.id} embeds and does not answer: the plan should have refused it`)
        const observation: { -readonly [K in keyof Observation]: Observation[K] } = {}
        if (needs.has('image_embedding')) observation.imageEmbedding = await embedImage(pictureOf(item))
        if (needs.has('text_embeddings')) {
          const embeddings = []
          for (const text of textsOf(item)) embeddings.push(await model.embedText(text))
          observation.textEmbeddings = embeddings
        }
        return observation
      }),
  }
}

function textsOf(item: Item): string[] {
  switch (item.task) {
    case 'retrieval':
      return item.captions.map((caption) => caption.text)
    case 'vqa':
      return [item.question]
    case 'caption':
      return item.references
    case 'nlvr2':
      return [item.sentence]
    case 'step_localization':
      return []
  }
}

async function asSampleErrors<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    const code = error instanceof Fault ? FINAL[error.failure.kind] : undefined
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
