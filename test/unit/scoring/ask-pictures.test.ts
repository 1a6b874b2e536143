/** Questions and statements about pictures, over a made-up model that answers. */
import { afterEach, expect, test } from 'vitest'
import type { AnsweringModel, SeenPicture } from '../../../src/contracts/answering-model.ts'
import { Fault } from '../../../src/contracts/failure.ts'
import { askedAnswer } from '../../../src/http/routes/score/question-answers.ts'
import { type AskedText, askPictures } from '../../../src/scoring/ask-pictures.ts'

const aboutText = { code: 'unknown_tokens', message: 'a word', count: 1 } as const
const aboutPicture = { code: 'first_frame', message: 'the first', frames: 2 } as const
const read = { tokens: 4, truncated: false, unknownTokens: 1, warnings: [aboutText] }
const judged: number[] = []

const model = {
  identity: { type: 'edge_model', model: 'made-up', version: '1', model_digest: 'm', preprocessing_digest: 'p', runtime: 'r' },
  manifest: { id: 'made-up', skills: ['question', 'statement'] },
  look: async (bytes: Uint8Array): Promise<SeenPicture> => {
    if (bytes.length === 1) throw new Fault({ kind: 'bad_image', reason: 'corrupt', detail: 'damaged' } as never)
    const header = { media_type: 'image/png', orientedWidth: 30, orientedHeight: 20 } as const
    const domain = { detector: 'd' } as SeenPicture['domain']
    return { rows: new Float32Array(1), count: 1, header, sha256: `sha of ${bytes.length}`, domain, warnings: [aboutPicture] }
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
  describe: async () => [
    { caption: 'a dog', tokens: 3, logProbability: -0.5 },
    { caption: 'a cat', tokens: 3, logProbability: -1.5 },
  ],
  enter: async () => {
    inside++
    return { leave: () => inside-- }
  },
} as never as AnsweringModel

/** Listed behind the first model, and asked for what that one does not do. */
const captioner = { ...model, manifest: { id: 'captioner', skills: ['caption'] } } as never as AnsweringModel

/** Turns entered and not left. */
let inside = 0
afterEach(() => expect(inside).toBe(0))

const spent: number[] = []
const asker = { tenant: 't', scope: 's', spend: async (prompts: number) => void spent.push(prompts) }
const ask = (asked: AskedText, files: Uint8Array[], id: string | null = null) =>
  askPictures(
    {
      answeringModels: { list: async () => [model, captioner], find: async (_, wanted) => (wanted === 'made-up' ? model : null) },
    },
    asker,
    { model: id, asked, places: { model: '/model', picture: (index) => `/images/${index}`, skill: (skill) => `/${skill}` } },
    files,
  )

test('a question gets the most probable answer and as many candidates as wanted', async () => {
  const asked = await ask({ skill: 'question', question: 'what is it?', top: 1 }, [new Uint8Array(9)])
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
    warnings: [aboutPicture, { ...aboutText, index: 0 }],
    identity: { detector_digest: 'd' },
  })
  expect(spent).toEqual([1])
})

test('a statement about two pictures gets a verdict with its probability', async () => {
  const asked = await ask({ skill: 'statement', statement: 'both are dogs' }, [new Uint8Array(9), new Uint8Array(8)], 'made-up')
  expect(askedAnswer(asked)).toMatchObject({
    object: 'verdict',
    verdict: false,
    probability: 0.25,
    images: [{ bytes: 9 }, { bytes: 8 }],
  })
  expect(judged).toEqual([2])
})

test('a caption comes from the first model that says captions', async () => {
  expect(askedAnswer(await ask({ skill: 'caption', top: 1 }, [new Uint8Array(9)]))).toMatchObject({
    object: 'caption',
    model: 'captioner',
    caption: 'a dog',
    log_probability: -0.5,
    top: [{ rank: 1, caption: 'a dog', log_probability: -0.5, tokens: 3 }],
    image: { bytes: 9 },
  })
})

test('a named model that does not do what is asked is refused with one that does', async () => {
  await expect(ask({ skill: 'caption', top: 1 }, [new Uint8Array(9)], 'made-up')).rejects.toMatchObject({
    failure: { errors: [{ pointer: '/caption', detail: expect.stringContaining('use captioner') as unknown }] },
  })
})

test('a text of a kind that the model does not take is refused', async () => {
  const silent = { ...model, manifest: { ...model.manifest, skills: ['question'] } } as AnsweringModel
  const asked = {
    model: null,
    asked: { skill: 'statement' as const, statement: 's' },
    places: { model: 'm', picture: () => 'p', skill: (skill: string) => `/${skill}` },
  }
  const ports = { answeringModels: { list: async () => [silent], find: async () => null } }
  await expect(askPictures(ports, asker, asked, [new Uint8Array(9)])).rejects.toMatchObject({
    failure: { errors: [{ pointer: '/statement' }] },
  })
})

test('an unknown model and an unusable picture are refused by name', async () => {
  await expect(ask({ skill: 'statement' as const, statement: 's' }, [new Uint8Array(9)], 'assay-clip')).rejects.toMatchObject({
    failure: { kind: 'not_found', pointer: '/model' },
  })
  await expect(
    ask({ skill: 'statement' as const, statement: 's' }, [new Uint8Array(9), new Uint8Array(1)]),
  ).rejects.toMatchObject({
    failure: { kind: 'bad_image', pointer: '/images/1' },
  })
})
