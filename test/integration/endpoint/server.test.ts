/** The reference endpoint over real HTTP, with the model that needs no weights. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type DialChange, NO_FAULTS } from '../../../endpoint/dial.ts'
import { type ReferenceEndpoint, startReferenceEndpoint } from '../../../endpoint/server.ts'

const KEY = 'sk-reference'
const PICTURE = 'data:image/png;base64,AQID'

let endpoint: ReferenceEndpoint
beforeAll(async () => {
  endpoint = await startReferenceEndpoint({ apiKey: KEY })
})
afterAll(() => endpoint.close())
beforeEach(() => {
  endpoint.clear()
  endpoint.turn({ ...(NO_FAULTS as DialChange) })
})

async function post(path: string, body: object, key = KEY) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const response = await fetch(`${endpoint.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const chat = (content: unknown, more: object = {}) =>
  post('/v1/chat/completions', { model: 'rules', messages: [{ role: 'user', content }], ...more })
const image = (url = PICTURE) => ({ type: 'image_url', image_url: { url } })
const text = (words: string) => ({ type: 'text', text: words })

interface Completion {
  choices: { finish_reason: string; message: { content: string | null; refusal: string | null }; logprobs: Logprobs | null }[]
}
interface Logprobs {
  content: { token: string; logprob: number; top_logprobs: { token: string; logprob: number }[] }[]
}

async function choiceOf(answer: Promise<{ text: string }>) {
  return (JSON.parse((await answer).text) as Completion).choices[0]!
}

describe('chat', () => {
  test('answers with one of the possible answers, the same again, and counts it', async () => {
    const content = [image(), text('What color is it?')]
    const one = await choiceOf(chat(content))
    expect(one.message.content).toMatch(/^[a-z]+$/)
    expect(await choiceOf(chat(content))).toEqual(one)
    expect(endpoint.stats()).toMatchObject({
      requests: { '/v1/chat/completions': 2 },
      billed: 2,
      answered: 2,
      distinct: 1,
      answers_per_request: { 2: 1 },
      prompt_tokens: 2 * (4 + 85),
    })
  })

  test('sees every picture, in any number', async () => {
    const other = 'data:image/png;base64,BAUGBwg='
    const answers = await Promise.all(
      [[image()], [image(other)], [image(), image(other)]].map((pictures) =>
        choiceOf(chat([...pictures, text('How many dots are there?')], { logprobs: true, top_logprobs: 5 })),
      ),
    )
    expect(new Set(answers.map(({ logprobs }) => logprobs!.content[0]!.logprob)).size).toBe(3)
  })

  test('gives log-probabilities that add up to one', async () => {
    const { message, logprobs } = await choiceOf(chat([image(), text('Is there a cat?')], { logprobs: true, top_logprobs: 2 }))
    const { token, top_logprobs } = logprobs!.content[0]!
    expect(token).toBe(message.content)
    expect(top_logprobs.map((each) => each.token).toSorted()).toEqual(['no', 'yes'])
    expect(top_logprobs.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0)).toBeCloseTo(1, 12)
  })

  test('chooses among lettered options, and stops at the limit of tokens', async () => {
    expect((await choiceOf(chat([image(), text('Which?\nA. a cat\nB. a dog')]))).message.content).toMatch(/^[AB]$/)
    const { finish_reason, message } = await choiceOf(chat([image(), text('Describe it.')], { max_completion_tokens: 3 }))
    expect([finish_reason, message.content]).toEqual(['length', 'a picture of'])
  })

  test.each<[string, object, number, string]>([
    ['an unknown model', { model: 'gpt', messages: [{ role: 'user', content: 'x' }] }, 404, 'does not exist; there are'],
    ['no messages', { model: 'rules' }, 400, 'messages'],
    ['a bad picture', { model: 'rules', messages: [{ role: 'user', content: [image('ftp://x')] }] }, 400, 'data URI'],
    ['streaming', { model: 'rules', messages: [{ role: 'user', content: 'x' }], stream: true }, 400, 'does not stream'],
  ])('refuses %s', async (_, body, status, words) => {
    const answer = await post('/v1/chat/completions', body)
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(words)])
    expect(endpoint.stats()).toMatchObject({ billed: 0, answered: 0 })
  })

  test('refuses a wrong key', async () => {
    expect((await post('/v1/chat/completions', {}, 'sk-other')).status).toBe(401)
  })
})

describe('embeddings', () => {
  const vectors = async (body: object): Promise<(number[] | string)[]> => {
    const { text: answer } = await post('/v1/embeddings', { model: 'rules', ...body })
    return (JSON.parse(answer) as { data: { embedding: number[] | string }[] }).data.map(({ embedding }) => embedding)
  }
  const decoded = (base64: string) => [...new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer)]

  test('of texts and of pictures are the same in every shape and encoding', async () => {
    const [cat, dog] = (await vectors({ input: ['a cat', 'a dog'] })) as number[][]
    expect(cat).toHaveLength(8)
    expect(cat).not.toEqual(dog)
    expect(await vectors({ messages: [{ role: 'user', content: [text('a cat')] }] })).toEqual([cat])
    expect(await vectors({ messages: [{ role: 'user', content: 'a cat' }] })).toEqual([cat])
    expect(decoded((await vectors({ input: 'a cat', encoding_format: 'base64' }))[0] as string)).toEqual(cat)
    const [picture] = await vectors({ input: [PICTURE], modality: 'image' })
    expect(await vectors({ messages: [{ role: 'user', content: [image()] }] })).toEqual([picture])
  })

  test('of two parts at once are refused, as a dual encoder must', async () => {
    const messages = [{ role: 'user', content: [image(), text('a cat')] }]
    expect((await post('/v1/embeddings', { model: 'rules', messages })).status).toBe(400)
  })
})

describe('faults', () => {
  const whole = (fault: string) => endpoint.turn({ faults: { [fault]: 1 }, retry_after_seconds: 0.25 })
  const ask = () => chat([image(), text('Is it red?')])

  test.each<[string, number, string | null]>([
    ['rate_limited', 429, null],
    ['rate_limited_with_wait', 429, '250'],
    ['server_error', 500, null],
    ['unavailable', 503, '250'],
  ])('%s', async (fault, status, wait) => {
    whole(fault)
    const answer = await ask()
    expect([answer.status, answer.headers.get('retry-after-ms')]).toEqual([status, wait])
    expect(endpoint.stats()).toMatchObject({ faults: { [fault]: 1 }, billed: 0, answered: 0 })
  })

  test.each(['dropped', 'cut'])('%s breaks the connection', async (fault) => {
    whole(fault)
    await expect(ask()).rejects.toThrow()
    expect(endpoint.stats()).toMatchObject({ billed: fault === 'cut' ? 1 : 0, answered: 0 })
  })

  test.each<[string, (body: string) => void]>([
    ['truncated_json', (body) => expect(() => JSON.parse(body) as unknown).toThrow()],
    ['wrong_content_type', (body) => expect(body).toContain('<!doctype html>')],
    ['empty_body', (body) => expect(body).toBe('')],
  ])('%s is billed and useless', async (fault, check) => {
    whole(fault)
    const answer = await ask()
    expect(answer.status).toBe(200)
    check(answer.text)
    expect(endpoint.stats()).toMatchObject({ billed: 1, answered: 0 })
  })

  test.each([
    ['refused', { message: { content: null, refusal: 'I cannot help with that.' } }],
    ['filtered', { finish_reason: 'content_filter', message: { content: null } }],
    ['spent', { finish_reason: 'length', message: { content: '' } }],
    ['no_content', { finish_reason: 'stop', message: { content: null, refusal: null } }],
  ])('%s is an answer without an answer', async (fault, choice) => {
    whole(fault)
    expect(await choiceOf(ask())).toMatchObject(choice)
    expect(endpoint.stats()).toMatchObject({ billed: 1, answered: 1 })
  })

  test('the limit of requests per minute answers 429 and when to come again', async () => {
    endpoint.turn({ requests_per_minute: 1 })
    const [first, second] = [await ask(), await ask()]
    expect([first.status, second.status]).toEqual([200, 429])
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(50)
    expect(endpoint.stats()).toMatchObject({ over_limit: 1, answered: 1 })
  })

  test('the dial and the counts are routes too', async () => {
    const patch = (body: unknown) => fetch(`${endpoint.url}/dial`, { method: 'PATCH', body: JSON.stringify(body) })
    expect(await (await patch({ faults: { cut: 0.5 } })).json()).toMatchObject({ faults: { cut: 0.5 } })
    expect((await patch({ faults: { cut: 0.7, dropped: 0.7 } })).status).toBe(400)
    expect((await patch({ faults: { unknown: 1 } })).status).toBe(400)
    expect(await (await fetch(`${endpoint.url}/dial`)).json()).toMatchObject({ faults: { cut: 0.5 } })
    expect(await (await fetch(`${endpoint.url}/stats`, { method: 'DELETE' })).json()).toMatchObject({ requests: {} })
  })
})
