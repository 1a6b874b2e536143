/**
 * `/v1/chat/completions` and `/v1/embeddings`: refusals by field, and an answer as one object and as chunks.
 */
import { describe, expect, test } from 'vitest'
import { chunksOf, completionOf } from '../../../../src/http/routes/chat/completion.ts'
import { chatCreate, edgeChat } from '../../../../src/http/routes/chat/schema.ts'
import { embeddingCreate } from '../../../../src/http/routes/embeddings/schema.ts'
import type { AskedPictures } from '../../../../src/scoring/ask-pictures.ts'

const PICTURE = { type: 'image_url', image_url: { url: `img_${'a'.repeat(64)}` } }
const TEXT = { type: 'text', text: 'What colour is it?' }
const user = (content: unknown) => ({ role: 'user', content })
const chat = (change: object) => ({ model: 'm', messages: [user([PICTURE, TEXT])], ...change })

const faults = (schema: typeof chatCreate | typeof edgeChat | typeof embeddingCreate, value: unknown): string[] =>
  (schema.safeParse(value).error?.issues ?? []).map(({ path, message }) => `/${path.join('/')}: ${message}`)

describe('requests of chat completions', () => {
  test.each([
    [{}, null],
    [{ messages: [user([PICTURE, PICTURE, TEXT])], temperature: 0, seed: 1, n: 1, stream: null }, null],
    [{ messages: [{ role: 'system', content: [TEXT] }] }, '/messages/0/role: the model reads one question'],
    [{ messages: [user([PICTURE, TEXT]), user([PICTURE, TEXT])] }, '/messages: the model reads one question'],
    [{ messages: [user('What?')] }, '/messages/0/content: must be a list of parts with a picture'],
    [{ messages: [user([TEXT])] }, '/messages/0/content: must be a list of parts with a picture'],
    [{ messages: [user([PICTURE])] }, '/messages/0/content: must have one text part, has 0'],
    [{ messages: [user([{ type: 'image_url', image_url: { url: 'https://a.example/b.png' } }, TEXT])] }, 'are not fetched'],
    [{ messages: [user([PICTURE, PICTURE, TEXT])], skill: 'question' }, '/skill: cannot be question'],
    [{ messages: [user([PICTURE])], skill: 'caption' }, null],
    [{ skill: 'caption' }, '/messages/0/content: must have no text part for a caption'],
    [{ messages: [user([PICTURE, PICTURE])], skill: 'caption' }, '/skill: cannot be caption'],
    [{ messages: [user([PICTURE, PICTURE, PICTURE])], skill: 'caption' }, 'must have at most two pictures'],
    [{ temperature: 0.7 }, '/temperature: must be 0, or be left out'],
    [{ n: 2 }, '/n: must be 1'],
    [{ store: true, metadata: { a: 'b' } }, null],
    [{ response_format: { type: 'json_object' } }, '/response_format/type: must be text'],
    [{ tools: [] }, 'Unrecognized key: "tools"'],
    [{ top_logprobs: 2 }, '/top_logprobs: needs logprobs: true'],
    [{ stream_options: { include_usage: true } }, '/stream_options: needs stream: true'],
  ])('%j', (change, fault) => {
    const found = faults(edgeChat, chat(change))
    if (fault === null) expect(found).toEqual([])
    else expect(found.join('\n')).toContain(fault)
  })
})

describe('requests to any model', () => {
  test.each([
    [{ temperature: 0.7, tools: [{}], top_k: 5, messages: [{ role: 'tool', content: '4', tool_call_id: 'c' }] }, null],
    [{ store: true, metadata: { team: 'vision' } }, null],
    [{ messages: [] }, '/messages'],
    [{ messages: [{ content: 'no role' }] }, '/messages/0/role'],
    [{ metadata: { team: 'vision' } }, '/metadata: needs store: true'],
    [{ stream_options: { include_usage: true } }, '/stream_options: needs stream: true'],
  ])('%j', (change, fault) => {
    const found = faults(chatCreate, { model: 'gpu/m', messages: [user('What?')], ...change })
    if (fault === null) expect(found).toEqual([])
    else expect(found.join('\n')).toContain(fault)
  })
})

describe('requests of embeddings', () => {
  test.each([
    [{ input: 'a dog' }, null],
    [{ input: [`img_${'a'.repeat(64)}`, 'DATA:image/png;base64,AA=='], modality: 'image' }, null],
    [{ input: [1, 2] }, '/input: must be a text or a list of texts'],
    [{ input: [[1], [2]] }, '/input: must be a text or a list of texts'],
    [{ input: [] }, '/input'],
    [{ input: Array.from({ length: 513 }, () => 'a') }, '/input'],
    [
      { input: Array.from({ length: 17 }, () => 'data:') as string[], modality: 'image' },
      '/input: must have at most 16 pictures',
    ],
    [{ input: ['a', 'a'.repeat(8193)] }, '/input/1: must have at most 8192 characters'],
    [{ input: ['a dog'], modality: 'image' }, '/input/0: must be a data: URI'],
    [{ input: 'https://a.example/b.png', modality: 'image' }, '/input: must be a data: URI'],
    [{ input: 'a', encoding_format: 'int8' }, '/encoding_format'],
  ])('%.80j', (change, fault) => {
    const found = faults(embeddingCreate, { model: 'm', ...change })
    if (fault === null) expect(found).toEqual([])
    else expect(found.join('\n')).toContain(fault)
  })
})

const read = { tokens: 7, truncated: false, unknownTokens: 1 }
const identity = { type: 'edge_model', model: 'm', version: '1', model_digest: 'd', preprocessing_digest: 'p', runtime: 'r' }
const model = { identity, manifest: { id: 'm' } }
const warnings = [{ code: 'empty_text', message: 'The text is empty.', index: 0 }]
const head = { id: 'chatcmpl-1', created: 5 }

const question = {
  kind: 'question',
  model,
  warnings,
  said: {
    candidates: [
      { answer: 'grün', probability: 0.75 },
      { answer: 'red', probability: 0.25 },
      { answer: 'blue', probability: 0 },
    ],
    ...read,
  },
} as unknown as AskedPictures

const statement = (probability: number) =>
  ({ kind: 'statement', model, warnings, said: { probability, ...read } }) as unknown as AskedPictures

describe('an answer', () => {
  test('has the probabilities of the vocabulary as logarithms', () => {
    const { choices, usage } = completionOf(question, { logprobs: true, top_logprobs: 3 }, head)
    expect(choices[0]!.message.content).toBe('grün')
    expect(choices[0]!.logprobs!.content![0]).toEqual({
      token: 'grün',
      logprob: Math.log(0.75),
      bytes: [103, 114, 195, 188, 110],
      top_logprobs: [
        { token: 'grün', logprob: Math.log(0.75), bytes: [103, 114, 195, 188, 110] },
        { token: 'red', logprob: Math.log(0.25), bytes: [114, 101, 100] },
        // OpenAI's value where the probability is 0: JSON has no infinity.
        { token: 'blue', logprob: -9999, bytes: [98, 108, 117, 101] },
      ],
    })
    expect(usage).toEqual({ prompt_tokens: 7, completion_tokens: 1, total_tokens: 8 })
  })

  test.each([
    [0.5, 'true'],
    [0.1, 'false'],
  ])('a statement of P(true) %d is %s', (probability, verdict) => {
    const { choices } = completionOf(statement(probability), { logprobs: true }, head)
    expect(choices[0]!.message.content).toBe(verdict)
    expect(choices[0]!.logprobs!.content![0]!.logprob).toBeCloseTo(Math.log(Math.max(probability, 1 - probability)), 12)
    expect(completionOf(statement(probability), {}, head).choices[0]!.logprobs).toBeNull()
  })

  test.each([question, statement(0.7)])('says why to trust it less', (asked) => {
    expect(completionOf(asked, {}, head).warnings).toEqual(warnings)
  })

  test('a caption has the tokens that were written, and its beams', () => {
    const said = [
      { caption: 'a red dog', tokens: 4, logProbability: -1.5 },
      { caption: 'a dog', tokens: 3, logProbability: -2 },
    ]
    const asked = { kind: 'caption', model, warnings, said } as unknown as AskedPictures
    const { choices, usage } = completionOf(asked, { logprobs: true, top_logprobs: 2 }, head)
    expect(choices[0]!.message.content).toBe('a red dog')
    expect(choices[0]!.logprobs!.content![0]!.top_logprobs.map(({ logprob }) => logprob)).toEqual([-1.5, -2])
    expect(usage).toEqual({ prompt_tokens: 0, completion_tokens: 4, total_tokens: 4 })
  })

  test('in chunks says the same, and usage only where it is asked for', () => {
    const completion = completionOf(question, { logprobs: true, top_logprobs: 1 }, head)
    const events = chunksOf(completion, true)
    expect(events.at(-1)).toBe('data: [DONE]\n\n')
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice('data: '.length)) as ChunkShape)
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('grün')
    expect(chunks.flatMap(({ choices }) => choices.flatMap((one) => one.logprobs ?? []))).toEqual([
      completion.choices[0]!.logprobs,
    ])
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason ?? null)).toEqual([null, null, 'stop', null])
    expect(chunks.map(({ usage }) => usage)).toEqual([null, null, null, completion.usage])
    expect(chunks[2]).toMatchObject({ unknown_tokens: 1, truncated: false, warnings, identity: { model_digest: 'd' } })
    expect(chunksOf(completion, false).join('')).not.toContain('usage')
  })
})

interface ChunkShape {
  readonly choices: {
    readonly delta: { content?: string }
    readonly logprobs: object | null
    readonly finish_reason: string | null
  }[]
  readonly usage: object | null
}
