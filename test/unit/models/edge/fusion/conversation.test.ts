/** Prompts of items of the user's own shape, as a model that answers reads them. */
import { describe, expect, test } from 'vitest'
import type { AnsweringModel } from '../../../../../src/contracts/answering-model.ts'
import type { DatasetVersion } from '../../../../../src/contracts/dataset.ts'
import { Fault } from '../../../../../src/contracts/failure.ts'
import type { AnsweringSkill } from '../../../../../src/contracts/fusion-manifest.ts'
import type { Item } from '../../../../../src/contracts/item.ts'
import type { ModelRequest } from '../../../../../src/contracts/model.ts'
import type { PromptMessage, PromptTemplate, TemplatePart } from '../../../../../src/contracts/prompt.ts'
import { askedByMessages } from '../../../../../src/models/edge/fusion/asked-item.ts'
import { edgeModelKind } from '../../../../../src/models/edge/kind.ts'
import { encodePng } from '../../../../support/png.ts'

const ID = `img_${'a'.repeat(64)}`
const PNG = encodePng(2, 2, () => [9, 9, 9])
const URI = `data:image/png;base64,${Buffer.from(PNG).toString('base64')}`
const BOTH: readonly AnsweringSkill[] = ['question', 'statement']
const picture: TemplatePart = { type: 'input_image', image_url: '{{item.picture}}' }
const text: TemplatePart = { type: 'input_text', text: '{{item.text}}' }
const user = (...content: readonly TemplatePart[]) => [{ role: 'user' as const, content: [...content] }]

/** The kind with one model, which answers with what it is asked. */
function kindWith(skills: readonly AnsweringSkill[], asked: ModelRequest[] = []) {
  const identity = { type: 'edge_model', model: 'm', version: '1', model_digest: 'd', preprocessing_digest: 'p', runtime: 'r' }
  const model = {
    identity,
    manifest: { id: 'm', skills },
    concurrency: 1,
    supports: () => true,
    run: async (request: ModelRequest) => {
      asked.push(request)
      return { output: { kind: 'text', text: 'yes' }, calls: 1 }
    },
  } as unknown as AnsweringModel
  return edgeModelKind.connect({
    edgeModels: { find: async (_: string, id: string) => (id === 'encoder' ? { ...model, manifest: { embedding: {} } } : null) },
    answeringModels: { find: async () => model, list: async () => [model] },
  } as never)
}

const dataset = (task: string) => ({ tenant: 't', task, images: 1, items: 1 }) as unknown as DatasetVersion

interface Named {
  readonly model?: string
  readonly prompt?: PromptTemplate
  readonly skill?: AnsweringSkill
}

const resolve = (skills: readonly AnsweringSkill[], { model = 'm', ...named }: Named, task = 'custom') =>
  kindWith(skills).resolve({ tenant: 't', dataset: dataset(task), reference: { type: 'edge_model', model, ...named }, count: 1 })

const refusal = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.then(() => null).catch((reason: unknown) => reason)
  if (error === null) return ''
  if (!(error instanceof Fault)) throw error
  return error.message
}

describe('a plan', () => {
  test.each<[string, readonly AnsweringSkill[], Named, RegExp | '']>([
    ['a question', BOTH, { prompt: user(picture, text) }, ''],
    ['a statement about one picture', BOTH, { prompt: user(text, picture), skill: 'statement' }, ''],
    ['a statement about two', BOTH, { prompt: user(picture, picture, text) }, ''],
    ['messages of the items', BOTH, { prompt: '{{item.messages}}' }, ''],
    ['a caption', ['caption'], { prompt: user(picture) }, ''],
    ['no prompt', BOTH, {}, /prompt: is missing/],
    ['an unknown placeholder', BOTH, { prompt: user(picture, { type: 'input_text', text: '{{x}}' }) }, /unknown placeholder/],
    ['a text alone', BOTH, { prompt: '{{item.text}}?' }, /prompt\/0\/content: must be a list of parts with a picture/],
    [
      'instructions',
      BOTH,
      { prompt: [{ role: 'developer', content: 'Be brief.' }, ...user(picture, text)] },
      /prompt: the model reads one/,
    ],
    ['a role', BOTH, { prompt: [{ role: 'assistant', content: [text] }] }, /prompt\/0\/role: the model reads one question/],
    ['a web address', BOTH, { prompt: user({ type: 'input_image', image_url: 'https://a.example/b.png' }, text) }, /not fetched/],
    ['three pictures', BOTH, { prompt: user(picture, picture, picture) }, /must have one text part|at most two/],
    ['a question about two', BOTH, { prompt: user(picture, picture, text), skill: 'question' }, /skill: cannot be question/],
    ['a skill of others', BOTH, { prompt: user(picture), skill: 'caption' }, /skill: is nothing that m does/],
    ['a caption with a text', ['caption'], { prompt: user(picture, text) }, /must have no text part for a caption/],
    [
      'a model that embeds',
      BOTH,
      { model: 'encoder', prompt: user(picture, text) },
      /model: encoder embeds and does not answer; use m/,
    ],
  ])('%s', async (_, skills, named, wanted) => {
    const found = await refusal(resolve(skills, named))
    if (wanted === '') expect(found).toBe('')
    else expect(found).toMatch(wanted)
  })

  test('a prompt is part of the identity, and items of other tasks take none', async () => {
    const prompt = user(picture, text)
    expect((await resolve(BOTH, { prompt, skill: 'statement' })).identity).toMatchObject({ prompt, skill: 'statement' })
    expect(Object.keys((await resolve(BOTH, {}, 'vqa')).identity)).not.toContain('prompt')
    expect(await refusal(resolve(BOTH, { prompt }, 'vqa'))).toMatch(/prompt: is for items of your own shape/)
    expect(await refusal(resolve(BOTH, { skill: 'question' }, 'vqa'))).toMatch(/skill: is for items of your own shape/)
  })

  test('no such model grades', async () => {
    const reference = { type: 'edge_model', model: 'm' } as const
    const grader = await kindWith(BOTH).resolve({ tenant: 't', dataset: dataset('vqa'), reference, count: 1, purpose: 'grader' })
    expect(grader.supports('vqa', 'text')).toMatch(/follows no instructions; use an endpoint/)
  })
})

describe('an item', () => {
  const item = (own: object): Item => ({ task: 'custom', id: '1', cluster: '1', image: null, item: own }) as unknown as Item

  test('is asked about by the filled prompt', async () => {
    const asked: ModelRequest[] = []
    const kind = kindWith(BOTH, asked)
    const prompt = user(picture, text)
    const resolved = await kind.resolve({
      tenant: 't',
      dataset: dataset('custom'),
      reference: { type: 'edge_model', model: 'm', prompt, skill: 'statement' },
      count: 1,
    })
    const run = { id: 'r', tenant: 't' } as never
    const model = await kind.open({ run, identity: resolved.identity as never, range: { first: 0, end: 1 } })
    await model.run({ item: item({ picture: ID, text: 'It is red.' }), output: 'text' })
    const content = [
      { type: 'image', image: { url: ID } },
      { type: 'text', text: 'It is red.' },
    ]
    expect(asked).toMatchObject([{ skill: 'statement', messages: [{ role: 'user', content }] }])
    await expect(model.run({ item: item({ picture: ID }), output: 'text' })).rejects.toMatchObject({ code: 'prompt_not_filled' })
  })

  const messages = (url: string, words: string): PromptMessage[] => [
    {
      role: 'user',
      content: [
        { type: 'image', image: { url } },
        { type: 'text', text: words },
      ],
    },
  ]
  const readImage = async () => PNG

  test('is read with its picture, stored or in a data: URI', async () => {
    const stored = await askedByMessages(messages(ID, 'Red?'), { skills: BOTH, skill: undefined }, readImage)
    expect(stored).toMatchObject({ skill: 'question', text: 'Red?', pictures: [{ sha256: 'a'.repeat(64) }] })
    const given = await askedByMessages(messages(URI, 'Red.'), { skills: BOTH, skill: 'statement' }, readImage)
    expect(given).toMatchObject({ skill: 'statement', text: 'Red.', pictures: [{ bytes: PNG.byteLength }] })
    for (const { pictures } of [stored, given]) expect(await pictures[0]!.read()).toEqual(PNG)
  })

  test.each([
    ['https://a.example/b.png', 'Red?', 'prompt_not_read', /image_url\/url: must be a data: URI/],
    [ID, '  ', 'prompt_not_read', /content\/1\/text: must not be empty/],
    [ID, 'a'.repeat(1025), 'prompt_not_read', /content\/1\/text/],
    ['data:image/png;base64,AAAA', 'Red?', 'bad_image', /./],
  ])('%.40s with %.10s errs alone', async (url, words, code, sentence) => {
    const asked = askedByMessages(messages(url, words), { skills: BOTH, skill: undefined }, readImage)
    await expect(asked).rejects.toMatchObject({ code, message: expect.stringMatching(sentence) as string })
  })
})
