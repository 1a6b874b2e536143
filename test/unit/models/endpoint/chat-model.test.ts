import { describe, expect, test } from 'vitest'
import { Fault } from '../../../../src/contracts/failure.ts'
import type { Item } from '../../../../src/contracts/item.ts'
import { type ChatIdentity, SampleError } from '../../../../src/contracts/model.ts'
import { taskOf } from '../../../../src/tasks/registry.ts'
import type { MultipleChoiceItem } from '../../../../src/tasks/multiple-choice/item.ts'
import type { RetrievalItem } from '../../../../src/tasks/retrieval/item.ts'
import type { StepItem } from '../../../../src/tasks/step-localization/item.ts'
import type { VqaItem } from '../../../../src/tasks/vqa/item.ts'
import { EgressError, type EgressFailure } from '../../../../src/egress/egress-error.ts'
import type { EgressRequest, EgressResponse } from '../../../../src/egress/egress.ts'
import { type CallerParts, createCaller } from '../../../../src/models/endpoint/call-endpoint.ts'
import { type ChatModelParts, createChatModel } from '../../../../src/models/endpoint/chat/chat-model.ts'
import type { Endpoint } from '../../../../src/models/endpoint/send-request.ts'

const SECRET = 'sk-very-secret'
const START = Date.parse('2026-11-24T08:00:00Z')

const image = { sha256: 'a'.repeat(64), media_type: 'image/png' as const, bytes: 3, width: 1, height: 1 }
const question: VqaItem = {
  task: 'vqa',
  id: '1',
  cluster: 'i1',
  image,
  question: 'What "colour" <image>?',
  question_type: 'what',
  answer_type: 'other',
  answers: ['red'],
}

const config: Endpoint = {
  name: 'gpu',
  baseUrl: 'https://gpu.example.org/v1/',
  timeoutMs: 60_000,
  maxAttempts: 4,
  concurrency: 4,
}

const identity: ChatIdentity = {
  type: 'endpoint',
  endpoint: 'gpu',
  model: 'llava',
  prompt: '{{item.question}}',
  sampling: {},
}

type Step = EgressResponse | EgressFailure

function reply(status: number, body: unknown = {}, headers: Record<string, string> = {}): EgressResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const bytes = body instanceof Uint8Array ? body : new TextEncoder().encode(text)
  return { status, headers: new Headers(headers), bytes }
}

function completion(content: unknown, more: Record<string, unknown> = {}) {
  return {
    id: 'c1',
    model: 'm-2026',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
    ...more,
  }
}

/**
 * A model behind a scripted endpoint, whose last step repeats. Time passes only in `sleep` and by
 * `costMilliseconds` per request.
 */
function scripted(steps: readonly Step[], options: Partial<CallerParts & ChatModelParts> = {}, costMilliseconds = 0) {
  const requests: { url: string; request: EgressRequest; body: Record<string, unknown> }[] = []
  const sleeps: number[] = []
  let time = START
  const call = createCaller({
    endpoint: config,
    secret: SECRET,
    egress: {
      async fetch(url, request) {
        requests.push({ url: String(url), request, body: JSON.parse(new TextDecoder().decode(request.body as Uint8Array)) })
        time += costMilliseconds
        const step = steps[Math.min(requests.length, steps.length) - 1]!
        if ('code' in step) throw new EgressError(step)
        return step
      },
    },
    sleep: async (milliseconds) => {
      sleeps.push(milliseconds)
      time += milliseconds
    },
    random: () => 0.5,
    now: () => time,
    ...options,
  })
  const readImage = async () => new Uint8Array([1, 2, 3])
  const model = createChatModel({ endpoint: config, identity, call, readImage, ...options })
  const ask = async (item: Item = question) => {
    const { output, ...rest } = await model.run({ item, output: 'text' })
    if (output.kind !== 'text') throw new Error(`a ${output.kind} instead of a text`)
    return { ...output, ...rest }
  }
  return { requests, sleeps, model, ask }
}

async function failureOf(promise: Promise<unknown>): Promise<SampleError> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(error instanceof SampleError)) throw new Error(`expected a SampleError, got ${String(error)}`)
  return error
}

function endpoint(changes: Partial<Endpoint>): Endpoint {
  return { ...config, ...changes }
}

describe('the request', () => {
  test('is one user message of image and prompt, with the sampling asked for and nothing else', async () => {
    const sampling = { temperature: 0, top_p: 0.9, seed: 7, max_completion_tokens: 16 } as const
    const { ask, requests } = scripted([reply(200, completion('red'))], { identity: { ...identity, sampling } })
    await ask()
    expect(requests[0]!.url).toBe('https://gpu.example.org/v1/chat/completions')
    expect(requests[0]!.body).toEqual({
      model: 'llava',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AQID' } },
            { type: 'text', text: 'What "colour" <image>?' },
          ],
        },
      ],
      temperature: 0,
      top_p: 0.9,
      seed: 7,
      max_completion_tokens: 16,
    })
  })

  test('says nothing about sampling that the run did not', async () => {
    const { ask, requests } = scripted([reply(200, completion('red'))])
    await ask()
    expect(Object.keys(requests[0]!.body).toSorted()).toEqual(['messages', 'model'])
    expect(JSON.stringify(requests[0]!.body)).not.toContain('detail')
  })

  test('carries the secret and bounds', async () => {
    const { ask, requests } = scripted([reply(200, completion('red'))])
    await ask()
    expect(requests[0]!.request.headers).not.toHaveProperty('Authorization')
    expect(requests[0]!.request).toMatchObject({
      purpose: 'endpoint',
      method: 'POST',
      headers: { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' },
      limits: { milliseconds: config.timeoutMs },
    })
  })

  test('has no Authorization without a secret', async () => {
    const { ask, requests } = scripted([reply(200, completion('red'))], { secret: undefined })
    await ask()
    expect(requests[0]!.request.headers).not.toHaveProperty('authorization')
  })

  test("keeps the base URL's query", async () => {
    const baseUrl = 'https://gpu.example.org/openai?api-version=2026-01-01'
    const { ask, requests } = scripted([reply(200, completion('red'))], { endpoint: endpoint({ baseUrl }) })
    await ask()
    expect(requests[0]!.url).toBe('https://gpu.example.org/openai/chat/completions?api-version=2026-01-01')
  })
})

describe('log-probabilities', () => {
  const tops = ['Yes', 'No'].map((token, index) => ({ token, logprob: Math.log(index === 0 ? 0.6 : 0.2) }))
  const choice = {
    finish_reason: 'stop',
    message: { content: 'Yes' },
    logprobs: { content: [{ token: 'Yes', top_logprobs: tops }] },
  }

  test('are asked for where the endpoint gives them, and kept as P(yes) of yes and no', async () => {
    const { ask, requests } = scripted([reply(200, { choices: [choice] })], { logprobs: true })
    const { evidence } = await ask()
    expect(requests[0]!.body).toMatchObject({ logprobs: true, top_logprobs: 20 })
    expect(evidence!['yes_probability']).toBeCloseTo(0.75, 12)
  })

  test('of another shape leave the answer as it is', async () => {
    const { ask } = scripted([reply(200, { choices: [{ ...choice, logprobs: { content: 'x' } }] })], { logprobs: true })
    const { text, evidence } = await ask()
    expect(text).toBe('Yes')
    expect(evidence).not.toHaveProperty('yes_probability')
  })

  test('judge each text of a picture; an answer without them counts as read, and is marked', async () => {
    const prompt = 'Does it show "{{item.text}}"?'
    const said = (content: string) =>
      reply(200, completion(content, { usage: { prompt_tokens: 7, completion_tokens: 1, total_tokens: 8 } }))
    const { model, requests } = scripted([reply(200, { choices: [choice] }), said('No.'), said('Yes')], {
      logprobs: true,
      identity: { ...identity, prompt },
    })
    const captions = ['a dog', 'a cat', 'a cow'].map((text, index) => ({ id: `${index}`, text }))
    const item: RetrievalItem = { task: 'retrieval', id: '1', cluster: '1', image, captions }
    const { output, calls, usage } = await model.run({ item, output: 'probabilities' })
    expect(output).toEqual({
      kind: 'probabilities',
      texts: [
        { probability: expect.closeTo(0.75, 12) as number, byText: false },
        { probability: 0, byText: true },
        { probability: 1, byText: true },
      ],
    })
    expect({ calls, tokens: usage?.total_tokens }).toEqual({ calls: 3, tokens: 16 })
    expect(JSON.stringify(requests.map(({ body }) => body['messages']))).toMatch(/a dog.*a cat.*a cow/)
    const unread = await scripted([reply(200, { choices: [choice] }), said('Maybe.')], {
      identity: { ...identity, prompt },
    }).model.run({
      item,
      output: 'probabilities',
    })
    expect(unread.output).toMatchObject({
      texts: null,
      unanswered: expect.stringContaining('text 1: the answer is neither') as string,
    })
  })
})

test('a video is asked about by its frames, and its steps are read', async () => {
  const item: StepItem = {
    task: 'step_localization',
    id: 'v',
    cluster: 'v',
    position: 0,
    segments: [],
    frame_times: [0, 4],
    images: [image, image],
    candidates: [{ label: '12', prompts: ['pour'] }],
  }
  const asked = (content: string) =>
    scripted([reply(200, completion(content))], { identity: { ...identity, prompt: '{{item.steps}}' } })
  const { model, requests } = asked('12: pour, 1.5 - 3')
  const { output } = await model.run({ item, output: 'segments' })
  expect(output).toEqual({ kind: 'segments', segments: [{ step: 12, start: 1.5, end: 3, score: 1 }] })
  const [{ content }] = requests[0]!.body['messages'] as [{ content: { type: string }[] }]
  expect(content.map(({ type }) => type)).toEqual(['image_url', 'image_url', 'text'])
  const unread = await asked('Pouring.').model.run({ item, output: 'segments' })
  expect(unread.output).toMatchObject({ segments: null, unanswered: expect.stringContaining('lists no step') as string })
  const { images: _images, ...without } = item
  await expect(model.run({ item: without, output: 'segments' })).rejects.toMatchObject({ code: 'no_image' })
})

test('a question with options is asked once per option, each time with another one first', async () => {
  const item: MultipleChoiceItem = {
    task: 'multiple_choice',
    id: 'q',
    cluster: 'q',
    image,
    question: 'Which?',
    options: ['ant', 'bee', 'cow'],
    answer: 1,
    category: '',
  }
  const prompt = '{{item.question}}\n{{item.options}}'
  const said = (content: string) => reply(200, completion(content))
  const asked = (...letters: string[]) => scripted(letters.map(said), { identity: { ...identity, prompt } })
  const { model, requests } = asked('B', 'A', 'C.')
  const answer = await model.run({ item, output: 'rotations' })
  expect(answer).toMatchObject({ output: { kind: 'rotations', chosen: [1, 1, 1] }, calls: 3, outcome: 'answered' })
  expect(JSON.stringify(requests.map(({ body }) => body['messages']))).toMatch(
    /A\. ant\\nB\. bee\\nC\. cow.*A\. bee\\nB\. cow\\nC\. ant.*A\. cow\\nB\. ant\\nC\. bee/,
  )
  expect((await asked('B').model.run({ item, output: 'rotations' })).output).toMatchObject({ chosen: [1, 2, 0] })
  expect((await asked('B').model.run({ item, output: 'labels' })).output).toMatchObject({ ranked: [{ index: 1 }] })
  expect((await asked('A', 'a bird').model.run({ item, output: 'rotations' })).output).toMatchObject({
    chosen: null,
    unanswered: expect.stringContaining('rotation 1: the answer is none of the options A to C') as string,
  })
})

describe('an answer', () => {
  test('comes with usage and evidence', async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12, prompt_tokens_details: { cached_tokens: 0 } }
    const { ask } = scripted([reply(200, completion('red', { usage, system_fingerprint: 'fp' }))])
    expect(await ask()).toEqual({
      kind: 'text',
      text: 'red',
      calls: 1,
      stored: false,
      outcome: 'answered',
      usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
      evidence: {
        outcome: 'answered',
        attempts: 1,
        finish_reason: 'stop',
        content: 'red',
        refusal: null,
        id: 'c1',
        model: 'm-2026',
        system_fingerprint: 'fp',
        pictures_sent: [{ as: 'data_uri', media_type: 'image/png', bytes: 3 }],
      },
    })
  })

  test.each<[string, object, string | null]>([
    ['text, as its task reads it', { finish_reason: 'stop', message: { content: ' The answer is red.\n' } }, 'red.'],
    ['none in reasoning without an end', { finish_reason: 'stop', message: { content: '<think>It is red' } }, null],
    ['an empty string: silence is an answer', { finish_reason: 'stop', message: { content: '' } }, ''],
    ['a cut text', { finish_reason: 'length', message: { content: 'it is a re' } }, 'it is a re'],
    ['none after a content filter', { finish_reason: 'content_filter', message: { content: 'it' } }, null],
    ['none in a refusal', { finish_reason: 'stop', message: { content: null, refusal: 'I will not' } }, null],
    ['none in a refusal beside text', { finish_reason: 'stop', message: { content: '', refusal: 'I will not' } }, null],
    ['none in a tool call', { finish_reason: 'tool_calls', message: { tool_calls: [] } }, null],
    ['none where thinking spent the token limit', { finish_reason: 'length', message: { content: '' } }, null],
    [
      'text parts',
      {
        finish_reason: 'stop',
        message: {
          content: [
            { type: 'text', text: 're' },
            { type: 'text', text: 'd' },
          ],
        },
      },
      'red',
    ],
    [
      'the text among other parts',
      {
        finish_reason: 'stop',
        message: {
          content: [
            { type: 'thinking', thinking: 'hm' },
            { type: 'text', text: 'red' },
          ],
        },
      },
      'red',
    ],
    ['none among parts without text', { finish_reason: 'stop', message: { content: [{ type: 'image' }] } }, null],
    ['none in a refusal part', { finish_reason: 'stop', message: { content: [{ type: 'refusal', refusal: 'no' }] } }, null],
  ])('may be %s', async (_, choice, text) => {
    const { ask } = scripted([reply(200, { choices: [choice] })])
    const answered = await ask()
    expect(answered.text).toBe(text)
    expect(answered.unanswered === undefined).toBe(text !== null)
    expect(answered.evidence).toMatchObject({ finish_reason: (choice as { finish_reason: string }).finish_reason })
  })

  test.each([
    [
      { prompt_tokens: 10, completion_tokens: 2 },
      { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
    ],
    [
      { prompt_tokens: 10, total_tokens: 12 },
      { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
    ],
    [{ prompt_tokens: 10 }, { prompt_tokens: 10, completion_tokens: 0, total_tokens: 10 }],
    [
      { prompt_tokens: 10, total_tokens: 4 },
      { prompt_tokens: 10, completion_tokens: 0, total_tokens: 4 },
    ],
  ])('usage %o counts as %o', async (usage, counted) => {
    const { ask } = scripted([reply(200, completion('red', { usage }))])
    expect((await ask()).usage).toEqual(counted)
  })

  test('survives odd usage', async () => {
    const { ask } = scripted([reply(200, completion('red', { usage: { total_tokens: 'many' } }))])
    const answered = await ask()
    expect(answered.text).toBe('red')
    expect(answered).not.toHaveProperty('usage')
  })

  test.each([
    ['not JSON', '<html>'],
    ['cut JSON', '{"choices": [{"mess'],
    ['not UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['no choices', { choices: [] }],
    ['a number as content', completion(7)],
    ['null', 'null'],
  ])('that is %s is a bad response once every attempt was one', async (_, body) => {
    const { ask, requests } = scripted([reply(200, body)])
    expect((await failureOf(ask())).code).toBe('endpoint_bad_response')
    expect(requests).toHaveLength(config.maxAttempts)
  })
})

test('the reasons for a missing answer are distinguished', async () => {
  const choices = [
    { finish_reason: 'content_filter', message: { content: 'it' } },
    { finish_reason: 'stop', message: { content: null, refusal: 'I will not' } },
    { finish_reason: 'length', message: { content: '' } },
    { finish_reason: 'tool_calls', message: {} },
    { message: {} },
  ]
  const reasons = await Promise.all(
    choices.map(async (choice) => (await scripted([reply(200, { choices: [choice] })]).ask()).unanswered),
  )
  expect(new Set(reasons).size).toBe(choices.length)
})

describe('an error inside a 200', () => {
  const good = reply(200, completion('red'))
  const upstream = { message: 'Rate limit\n exceeded upstream' }

  test.each<[string, object, string]>([
    ['a number as code', { error: { ...upstream, code: 429 } }, 'endpoint_status_429'],
    ['a code in digits', { error: { ...upstream, code: '503' } }, 'endpoint_status_503'],
    ['a code in words', { error: { ...upstream, code: 'rate_limit_exceeded' } }, 'endpoint_status_429'],
    ['a type', { error: { ...upstream, type: 'overloaded_error' } }, 'endpoint_status_503'],
    ['a status', { error: { ...upstream, code: null, status: 'UNAVAILABLE' } }, 'endpoint_status_503'],
    ['408', { error: { ...upstream, code: 408 } }, 'endpoint_status_408'],
    ['425', { error: { ...upstream, code: 425 } }, 'endpoint_status_425'],
    ['an empty list of choices beside it', { choices: [], error: { ...upstream, code: 502 } }, 'endpoint_status_502'],
    ['a text', { error: upstream.message, code: 529 }, 'endpoint_status_529'],
    ['half an answer beside it', { ...completion('re'), error: { ...upstream, code: 504 } }, 'endpoint_status_504'],
    [
      'its place in the choice',
      { choices: [{ finish_reason: 'error', message: { content: '' }, error: { ...upstream, code: 502 } }] },
      'endpoint_status_502',
    ],
  ])('with %s is asked again, and is an error with its own words at the last', async (_, body, code) => {
    const { ask } = scripted([reply(200, body), good])
    expect(await ask()).toMatchObject({ text: 'red', evidence: { attempts: 2 } })
    const { ask: insist, requests } = scripted([reply(200, body)], { endpoint: endpoint({ maxAttempts: 3 }) })
    const failure = await failureOf(insist())
    expect(failure.code).toBe(code)
    expect(failure.message).toContain('attempt 3')
    expect(failure.message).toContain('Rate limit exceeded upstream')
    expect(requests).toHaveLength(3)
  })

  test.each<[string, object, string]>([
    ['400', { error: { message: 'no such model', code: 400 } }, 'endpoint_status_400'],
    ['401', { error: { message: 'no such model', code: 401 } }, 'endpoint_unauthorized'],
    ['402', { error: { message: 'no such model', code: 'insufficient_quota' } }, 'endpoint_status_402'],
    ['no code', { error: { message: 'no such model' } }, 'endpoint_error'],
    ['a code that is not a status', { error: { message: 'no such model', code: 40303 } }, 'endpoint_error'],
    ['a text', { error: 'no such model' }, 'endpoint_error'],
    ['true', { error: true, message: 'no such model' }, 'endpoint_error'],
    ['an object called error', { object: 'error', message: 'no such model', code: 404 }, 'endpoint_status_404'],
    ['a detail', { detail: 'no such model' }, 'endpoint_error'],
  ])('with %s is final, in its own words', async (_, body, code) => {
    const { ask, requests } = scripted([reply(200, body), good])
    const failure = await failureOf(ask())
    expect([failure.code, requests.length]).toEqual([code, 1])
    expect(failure.message).toContain('no such model')
  })

  test.each([null, '', false, {}, { code: 0, message: '' }])('is none where a good answer has the member %j', async (error) => {
    const { ask } = scripted([reply(200, completion('red', { error }))])
    expect((await ask()).text).toBe('red')
  })

  test('waits as long as its headers ask', async () => {
    const { ask, sleeps } = scripted([reply(200, { error: { code: 429 } }, { 'retry-after': '7' }), good])
    await ask()
    expect(sleeps).toEqual([7000])
  })

  test('is bounded, in one line, and never repeats the secret or the address’s query', async () => {
    const baseUrl = 'https://gpu.example.org/v1?api-key=azure%2Fkey-0123&team=a'
    const message = `\u001b[31m${SECRET} azure/key-0123 azure%2Fkey-0123 \u202e${'x'.repeat(10_000)}`
    const { ask } = scripted([reply(200, { error: { message, code: 'c'.repeat(10_000) } })], {
      endpoint: endpoint({ baseUrl }),
    })
    const failure = await failureOf(ask())
    expect(failure.message.length).toBeLessThan(400)
    expect(failure.message).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(failure.message).toContain('[secret] [secret] [secret]')
    for (const secret of [SECRET, 'azure/key', 'azure%2F']) expect(failure.message).not.toContain(secret)
  })
})

describe('retries', () => {
  const good = reply(200, completion('red'))
  const timeout: EgressFailure = { code: 'timeout', milliseconds: 60_000 }
  const network: EgressFailure = { code: 'network', detail: 'could not reach gpu.example.org' }

  test.each<[string, Step]>([
    ['408', reply(408)],
    ['409', reply(409)],
    ['425', reply(425)],
    ['429', reply(429)],
    ['500', reply(500)],
    ['502', reply(502)],
    ['503', reply(503)],
    ['529', reply(529)],
    ['a timeout', timeout],
    ['a broken connection', network],
    ['a 400 that says so', reply(400, {}, { 'x-should-retry': 'true' })],
  ])('follow %s', async (_, step) => {
    const { ask, requests } = scripted([step, step, good])
    expect(await ask()).toMatchObject({ text: 'red', calls: 3, evidence: { attempts: 3 } })
    expect(requests).toHaveLength(3)
    expect(requests[2]!.body).toEqual(requests[0]!.body)
  })

  test.each<[string, Step, string]>([
    ['400', reply(400, { error: { message: 'no such model' } }), 'endpoint_status_400'],
    ['401', reply(401), 'endpoint_unauthorized'],
    ['403', reply(403), 'endpoint_unauthorized'],
    ['404', reply(404), 'endpoint_status_404'],
    ['413', reply(413), 'endpoint_status_413'],
    ['422', reply(422), 'endpoint_status_422'],
    ['a redirect', reply(307, '', { location: 'https://elsewhere.example.com/' }), 'endpoint_status_307'],
    ['a 503 that says so', reply(503, {}, { 'x-should-retry': 'false' }), 'endpoint_status_503'],
    ['a refused address', { code: 'address_refused', reason: 'ip_literal', detail: 'no' }, 'endpoint_address_refused'],
    ['an endless answer', { code: 'too_large', limit: 1 }, 'endpoint_response_too_large'],
  ])('do not follow %s', async (_, step, code) => {
    const { ask, requests } = scripted([step, good])
    expect((await failureOf(ask())).code).toBe(code)
    expect(requests).toHaveLength(1)
  })

  test('do not follow a success, whatever it says', async () => {
    const { ask, requests } = scripted([reply(200, completion('red'), { 'x-should-retry': 'true' })])
    await ask()
    expect(requests).toHaveLength(1)
  })

  test.each<[Step, string]>([
    [reply(503, 'upstream is away'), 'endpoint_status_503'],
    [timeout, 'endpoint_timeout'],
    [network, 'endpoint_network'],
  ])('end after maxAttempts with an errored sample', async (step, code) => {
    const { ask, requests } = scripted([step], { endpoint: endpoint({ maxAttempts: 3 }) })
    const failure = await failureOf(ask())
    expect(failure.code).toBe(code)
    expect(failure.message).toContain('attempt 3')
    expect(failure.calls).toBe(3)
    expect(requests).toHaveLength(3)
  })

  test('back off exponentially with full jitter, up to a cap', async () => {
    const { ask, sleeps } = scripted([reply(500)], { endpoint: endpoint({ maxAttempts: 8 }), random: () => 0.5 })
    await failureOf(ask())
    expect(sleeps).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000])
  })

  test.each([0, 0.999])('jitter draws from the whole range (%d)', async (value) => {
    const { ask, sleeps } = scripted([reply(500), good], { random: () => value })
    await ask()
    expect(sleeps).toEqual([500 * value])
  })

  test.each<[Record<string, string>, number]>([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': 'Tue, 24 Nov 2026 08:00:09 GMT' }, 9000],
    [{ 'retry-after-ms': '123' }, 123],
    [{ 'retry-after': '3600' }, 60_000],
  ])('wait as %j asks, but no longer than a minute', async (headers, expected) => {
    const { ask, sleeps } = scripted([reply(429, {}, headers), good])
    await ask()
    expect(sleeps).toEqual([expected])
  })

  test('stop when the budget would be over before the next one', async () => {
    const options = { budgetMilliseconds: 10_000, endpoint: endpoint({ maxAttempts: 10 }) }
    const { ask, requests, sleeps } = scripted([reply(503, {}, { 'retry-after': '4' })], options)
    expect((await failureOf(ask())).code).toBe('endpoint_status_503')
    expect(sleeps).toEqual([4000, 4000])
    expect(requests).toHaveLength(3)
  })

  test('the last one has only what is left of the budget', async () => {
    const options = { budgetMilliseconds: 10_000, endpoint: endpoint({ timeoutMs: 6000, maxAttempts: 10 }), random: () => 0 }
    const { ask, requests } = scripted([timeout], options, 6000)
    await failureOf(ask())
    expect(requests.map(({ request }) => request.limits.milliseconds)).toEqual([6000, 4000])
  })
})

describe('messages', () => {
  test("quote the endpoint's own words", async () => {
    const { ask } = scripted([reply(400, { error: { message: 'no such\n model', type: 'invalid_request_error' } })])
    expect((await failureOf(ask())).message).toBe('endpoint gpu answered 400: no such model')
  })

  test('never repeat the secret, not even at the edge of an excerpt', async () => {
    const { ask } = scripted([reply(400, `${'x'.repeat(195)}${SECRET} is not a key`)])
    expect((await failureOf(ask())).message).not.toContain('sk-v')
  })
})

describe('items', () => {
  test('of a task without questions are refused with a sentence, and cost no request', async () => {
    const { model, requests } = scripted([reply(500)])
    expect(model).toMatchObject({ identity, concurrency: config.concurrency })
    expect(model.supports('vqa', 'text')).toBe(true)
    expect(model.supports('vqa', 'embeddings')).toMatch(/text, not embeddings/)
    for (const task of ['caption', 'nlvr2', 'nlvr']) expect(model.supports(task, 'text')).toBe(true)
    expect(model.supports('retrieval', 'text')).toContain('no prompt for retrieval datasets')
    expect(model.supports('step_localization', 'segments')).toBe(true)
    expect(model.supports('caption', 'segments')).toContain('upload the output of the model')
    expect(model.supports('retrieval', 'embeddings')).toContain('an endpoint of the kind embeddings')
    const retrieval: RetrievalItem = { task: 'retrieval', id: '1', cluster: '1', image, captions: [{ id: 'c', text: 'a cat' }] }
    await expect(model.run({ item: retrieval, output: 'text' })).rejects.toThrow('no prompt for retrieval datasets')
    await expect(model.run({ item: question, output: 'embeddings' })).rejects.toThrow('not embeddings')
    expect(requests).toEqual([])
  })

  test('of two pictures send both in order before the statement, and the verdict is read', async () => {
    const { ask, requests } = scripted([reply(200, completion('<think>Two?</think>**False.** There are three.'))], {
      identity: { ...identity, prompt: taskOf('nlvr2').prompt!.template },
      readImage: async ({ sha256 }) => new TextEncoder().encode(sha256[0]),
    })
    const images = ['b', 'a'].map((letter) => ({ ...image, sha256: letter.repeat(64) }))
    const answered = await ask({
      task: 'nlvr2',
      id: '1',
      cluster: '1',
      images,
      sentence: 'There are two dogs.',
      label: 'True',
    } as Item)
    expect(answered).toMatchObject({ text: 'false', evidence: { content: '<think>Two?</think>**False.** There are three.' } })
    const [message] = requests[0]!.body['messages'] as { content: object[] }[]
    expect(message!.content).toEqual([
      ...['Yg==', 'YQ=='].map((base64) => ({
        type: 'image_url',
        image_url: { url: `data:${image.media_type};base64,${base64}` },
      })),
      { type: 'text', text: expect.stringContaining('There are two dogs.') },
    ])
  })

  test('of captions are asked for one, which is unwrapped', async () => {
    const { ask } = scripted([reply(200, completion('Sure! Here is a caption: "Two dogs run."'))], {
      identity: { ...identity, prompt: taskOf('caption').prompt!.template },
    })
    const item = { task: 'caption', id: '1', cluster: '1', image, position: 0, references: ['dogs'] } as Item
    expect((await ask(item)).text).toBe('Two dogs run.')
  })

  test('without an image are errored', async () => {
    const { ask } = scripted([reply(500)])
    expect((await failureOf(ask({ ...question, image: null }))).code).toBe('no_image')
  })

  test('whose image is gone are errored', async () => {
    const gone = new Fault({ kind: 'not_found', resource: 'image', id: image.sha256 })
    const { ask } = scripted([reply(500)], { readImage: () => Promise.reject(gone) })
    expect((await failureOf(ask())).code).toBe('image_missing')
  })

  test('whose image storage cannot give right now are the shard’s problem', async () => {
    const { ask } = scripted([reply(500)], { readImage: () => Promise.reject(new Error('R2 is away')) })
    await expect(ask()).rejects.toThrow('R2 is away')
  })
})
