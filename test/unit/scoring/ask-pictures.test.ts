/** Questions and statements about pictures, over a made-up model that answers. */
import { expect, test } from 'vitest'
import type { AnsweringModel, SeenPicture } from '../../../src/contracts/answering-model.ts'
import { Fault } from '../../../src/contracts/failure.ts'
import { askedAnswer } from '../../../src/http/routes/score/question-answers.ts'
import { type AskedText, askPictures } from '../../../src/scoring/ask-pictures.ts'

const read = { tokens: 4, truncated: false, unknownTokens: 1 }
const judged: number[] = []

const model = {
  identity: { type: 'edge_model', model: 'made-up', version: '1', model_digest: 'm', preprocessing_digest: 'p', runtime: 'r' },
  manifest: { id: 'made-up', skills: ['question', 'statement'] },
  look: async (bytes: Uint8Array): Promise<SeenPicture> => {
    if (bytes.length === 1) throw new Fault({ kind: 'bad_image', reason: 'corrupt', detail: 'damaged' } as never)
    const header = { media_type: 'image/png', orientedWidth: 30, orientedHeight: 20 } as const
    return { rows: new Float32Array(1), count: 1, header, sha256: `sha of ${bytes.length}` }
  },
  answer: async () => ({
    candidates: [
      { answer: 'dog', probability: 0.75 },
      { answer: 'cat', probability: 0.25 },
    ],
    ...read,
  }),
  judge: async (pictures: readonly SeenPicture[]) => {
    judged.push(pictures.length)
    return { probability: 0.25, ...read }
  },
} as never as AnsweringModel

const spent: number[] = []
const asker = { tenant: 't', scope: 's', spend: async (prompts: number) => void spent.push(prompts) }
const ask = (asked: AskedText, files: Uint8Array[], id: string | null = null) =>
  askPictures(
    { answeringModels: { list: async () => [model], find: async (_, wanted) => (wanted === 'made-up' ? model : null) } },
    asker,
    { model: id, asked, places: { model: '/model', picture: (index) => `/images/${index}`, skill: (skill) => `/${skill}` } },
    files,
  )

test('a question gets the most probable answer and as many candidates as wanted', async () => {
  const asked = await ask({ question: 'what is it?', top: 1 }, [new Uint8Array(9)])
  expect(askedAnswer(asked)).toMatchObject({
    object: 'answer',
    model: 'made-up',
    question: 'what is it?',
    answer: 'dog',
    probability: 0.75,
    top: [{ rank: 1, answer: 'dog', probability: 0.75 }],
    answers: 2,
    image: { sha256: 'sha of 9', bytes: 9, width: 30, height: 20 },
    unknown_tokens: 1,
  })
  expect(spent).toEqual([1])
})

test('a statement about two pictures gets a verdict with its probability', async () => {
  const asked = await ask({ statement: 'both are dogs' }, [new Uint8Array(9), new Uint8Array(8)], 'made-up')
  expect(askedAnswer(asked)).toMatchObject({
    object: 'verdict',
    verdict: false,
    probability: 0.25,
    images: [{ bytes: 9 }, { bytes: 8 }],
  })
  expect(judged).toEqual([2])
})

test('a text of a kind that the model does not take is refused', async () => {
  const silent = { ...model, manifest: { ...model.manifest, skills: ['question'] } } as AnsweringModel
  const asked = {
    model: null,
    asked: { statement: 's' },
    places: { model: 'm', picture: () => 'p', skill: (skill: string) => `/${skill}` },
  }
  const ports = { answeringModels: { list: async () => [silent], find: async () => null } }
  await expect(askPictures(ports, asker, asked, [new Uint8Array(9)])).rejects.toMatchObject({
    failure: { errors: [{ pointer: '/statement' }] },
  })
})

test('an unknown model and an unusable picture are refused by name', async () => {
  await expect(ask({ statement: 's' }, [new Uint8Array(9)], 'assay-clip')).rejects.toMatchObject({
    failure: { kind: 'not_found', pointer: '/model' },
  })
  await expect(ask({ statement: 's' }, [new Uint8Array(9), new Uint8Array(1)])).rejects.toMatchObject({
    failure: { kind: 'bad_image', pointer: '/images/1' },
  })
})
