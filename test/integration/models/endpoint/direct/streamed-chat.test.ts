/**
 * Chat completions that an endpoint streams: chunks as they come, one settlement, retries before the first
 * chunk only.
 */
import { describe, expect, test } from 'vitest'
import { SampleError } from '../../../../../src/contracts/model.ts'
import { forwardChat } from '../../../../../src/models/endpoint/chat/forward-chat.ts'
import type { StreamedChat } from '../../../../../src/models/endpoint/chat/streamed-chat.ts'
import { directWorld } from './direct-world.ts'

const PRICE = { input_per_million: 1, output_per_million: 1, per_image: 0 }
const EVENTS = { headers: { 'content-type': 'text/event-stream; charset=utf-8' } }
const event = (value: unknown) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`
const delta = (content: string, reason: string | null = null, index = 0) =>
  event({ id: 'theirs', model: 'm-1', choices: [{ index, delta: { content }, finish_reason: reason }] })
const USAGE = event({ choices: [], usage: { prompt_tokens: 4, completion_tokens: 3, total_tokens: 7 } })
const DONE = event('[DONE]')

const ask = () => forwardChat({ model: 'm', messages: [{ role: 'user', content: 'hi' }], stream: true }, new Map())

/** A body whose pieces are given one by one; `null` breaks it off. */
function bodyOf(pieces: readonly (string | null)[], onCancel = () => {}) {
  const left = [...pieces]
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = left.shift()
      if (piece === undefined) controller.close()
      else if (piece === null) controller.error(new TypeError('terminated'))
      else controller.enqueue(new TextEncoder().encode(piece))
    },
    cancel: onCancel,
  })
}

async function stream(answers: readonly (() => Response)[], keeps = true) {
  let sent = 0
  const world = directWorld(async () => answers[sent++]!(), { price: PRICE })
  const reply = await (await world.open()).stream(ask(), keeps)
  return { ...world, reply, sent: () => sent }
}

async function streamed(pieces: readonly (string | null)[]) {
  const world = await stream([() => new Response(bodyOf(pieces), EVENTS)])
  if (!('streamed' in world.reply)) throw new Error('it came whole')
  return { ...world, chat: world.reply.streamed }
}

const textsOf = async (chat: StreamedChat) => {
  const texts: unknown[] = []
  for await (const chunk of chat.chunks()) texts.push(chunk?.choices?.[0]?.delta?.['content'] ?? chunk)
  return texts
}

test('the first chunk is there before the second was sent, and the usage settles the call', async () => {
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (text: string) => controller.enqueue(new TextEncoder().encode(text))
      send(delta('one '))
      await held
      for (const text of [delta('two', 'stop'), USAGE, DONE]) send(text)
      controller.close()
    },
  })
  const { reply, calls } = await stream([() => new Response(body, EVENTS)])
  if (!('streamed' in reply)) throw new Error('it came whole')
  const chunks = reply.streamed.chunks()
  expect((await chunks.next()).value).toMatchObject({ choices: [{ delta: { content: 'one ' } }] })
  expect(calls()).toMatchObject([{ state: 'open' }])
  release()
  expect((await chunks.next()).value).toMatchObject({ choices: [{ delta: { content: 'two' } }] })
  for await (const _ of chunks);
  expect(calls()).toMatchObject([
    { state: 'settled', status: 200, outcome: 'answered', prompt_tokens: 4, cost_nano: 7000, held_nano: 0 },
  ])
  expect(reply.streamed.folded.completion()).toEqual({
    model: 'm-1',
    systemFingerprint: null,
    choices: [{ index: 0, finish_reason: 'stop', message: { content: 'one two', refusal: null }, logprobs: null }],
    usage: { prompt_tokens: 4, completion_tokens: 3, total_tokens: 7 },
  })
})

test('pieces may end anywhere: in a character, between return and line feed, within an event', async () => {
  const text = (delta('grün 猫') + delta('!', 'stop') + DONE).replaceAll('\n', '\r\n')
  const bytes = new TextEncoder().encode(text)
  const body = () =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte))
        controller.close()
      },
    })
  const { reply } = await stream([() => new Response(body(), EVENTS)])
  if (!('streamed' in reply)) throw new Error('it came whole')
  expect(await textsOf(reply.streamed)).toEqual(['grün 猫', '!'])
})

test('without usage the call costs what was passed on, and never more than was held', async () => {
  const { chat, calls } = await streamed([delta('word '.repeat(30)), delta('end', 'stop'), DONE])
  await textsOf(chat)
  const [call] = calls()
  // 153 bytes are reckoned as 51 tokens, beside those of the prompt.
  expect(call!['cost_nano']).toBeGreaterThan(51_000)
  expect(call!['cost_nano']).toBeLessThan(120_000)
  expect(call).toMatchObject({ state: 'settled', held_nano: 0 })
})

test('a client that leaves ends the request, which is settled by what came', async () => {
  let cancelled = 0
  const body = bodyOf([delta('one '), delta('two '), delta('three', 'stop')], () => cancelled++)
  const { reply, calls, reports } = await stream([() => new Response(body, EVENTS)])
  if (!('streamed' in reply)) throw new Error('it came whole')
  const chunks = reply.streamed.chunks()
  await chunks.next()
  reply.streamed.leave()
  await chunks.return()
  expect(cancelled).toBe(1)
  expect(calls()).toMatchObject([{ state: 'settled', outcome: 'client_left', held_nano: 0 }])
  expect(calls()[0]!['cost_nano']).toBeGreaterThan(1000)
  expect(reports).toHaveLength(1)
})

test('a client that leaves while nothing comes ends the wait', async () => {
  const silent = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(delta('one '))),
    pull: () => new Promise(() => {}),
  })
  const { reply, calls } = await stream([() => new Response(silent, EVENTS)])
  if (!('streamed' in reply)) throw new Error('it came whole')
  const chunks = reply.streamed.chunks()
  await chunks.next()
  const waiting = chunks.next()
  reply.streamed.leave()
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(calls()).toMatchObject([{ outcome: 'client_left' }])
})

describe('what breaks off', () => {
  const failed = async (pieces: readonly (string | null)[]) => {
    const { chat, calls } = await streamed(pieces)
    const error = await textsOf(chat).catch((thrown: unknown) => thrown)
    if (!(error instanceof SampleError)) throw error
    return { code: error.code, message: error.message, calls: calls() }
  }

  test.each([
    ['the connection', [delta('one '), null], 'endpoint_network'],
    ['the answer, without its end', [delta('one ')], 'endpoint_network'],
    ['by an error', [delta('one '), event({ error: { message: 'out of memory', code: 500 } })], 'endpoint_status_500'],
    ['by garbage', [delta('one '), event('{"choices":')], 'endpoint_bad_response'],
    ['by a text of another shape', [delta('one '), event({ choices: [{ index: -1 }] })], 'endpoint_bad_response'],
  ])('%s is a failure after the first chunk, paid once', async (_, pieces, code) => {
    const { calls, ...failure } = await failed(pieces)
    expect(failure.code).toBe(code)
    expect(calls).toMatchObject([{ state: 'settled', outcome: code, held_nano: 0 }])
    expect(calls[0]!['cost_nano']).toBeGreaterThan(0)
  })

  test('an event without an end is refused, not gathered', async () => {
    const { code, message } = await failed([delta('one '), `data: ${'x'.repeat(2 ** 20)}`])
    expect({ code, message }).toEqual({
      code: 'endpoint_bad_response',
      message: expect.stringContaining('longer than') as string,
    })
  })
})

describe('before the first chunk', () => {
  const good = () => new Response(bodyOf([delta('a', 'stop'), DONE]), EVENTS)

  test.each([
    ['503', () => new Response('busy', { status: 503 })],
    ['an error as the first event', () => new Response(bodyOf([event({ error: { message: 'busy', code: 503 } })]), EVENTS)],
    ['a stream without a chunk', () => new Response(bodyOf([DONE]), EVENTS)],
    ['a broken connection', () => new Response(bodyOf([null]), EVENTS)],
  ])('%s is tried again', async (_, bad) => {
    const { reply, sent, calls } = await stream([bad, good])
    if (!('streamed' in reply)) throw new Error('it came whole')
    expect(await textsOf(reply.streamed)).toEqual(['a'])
    expect(sent()).toBe(2)
    expect(calls().at(-1)).toMatchObject({ outcome: 'answered' })
  })

  test('an endpoint that answers whole is read whole', async () => {
    const { reply, calls } = await stream([
      () => Response.json({ choices: [{ message: { content: 'whole' } }], usage: { prompt_tokens: 1 } }),
    ])
    expect(reply).toMatchObject({ answer: { choices: [{ message: { content: 'whole' } }] } })
    expect(calls()).toMatchObject([{ outcome: 'answered', cost_nano: 1000 }])
  })
})

test('comments say that the endpoint still works', async () => {
  const { chat } = await streamed([delta('a'), ': PROCESSING\n\n', delta('b', 'stop'), DONE])
  expect(await textsOf(chat)).toEqual(['a', null, 'b'])
})

test('calls of tools, several choices and log probabilities are folded as an answer that comes whole', async () => {
  const chunk = (choices: unknown) => event({ choices })
  const call = (index: number, given: object, members: object = {}) => ({
    delta: { tool_calls: [{ index, ...members, function: given }] },
  })
  const { chat } = await streamed([
    chunk([{ index: 0, ...call(0, { name: 'f', arguments: '' }, { id: 'c1', type: 'function' }) }]),
    chunk([
      { index: 0, ...call(0, { arguments: '{"a":' }) },
      { index: 1, delta: { role: 'assistant', content: 'x', reasoning_content: 'be' } },
    ]),
    chunk([{ index: 0, ...call(1, { name: 'g', arguments: '{}' }, { id: 'c2', type: 'function' }) }]),
    chunk([
      { index: 0, ...call(0, { arguments: '1}' }) },
      { index: 1, delta: { content: 'y', reasoning_content: 'cause' }, logprobs: { content: [{ token: 'y', logprob: -1 }] } },
    ]),
    chunk([
      { index: 0, delta: {}, finish_reason: 'tool_calls' },
      { index: 1, delta: {}, finish_reason: 'length' },
    ]),
    DONE,
  ])
  await textsOf(chat)
  expect(chat.folded.completion().choices).toEqual([
    {
      index: 0,
      finish_reason: 'tool_calls',
      logprobs: null,
      message: {
        content: null,
        refusal: null,
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
          { id: 'c2', type: 'function', function: { name: 'g', arguments: '{}' } },
        ],
      },
    },
    {
      index: 1,
      finish_reason: 'length',
      logprobs: { content: [{ token: 'y', logprob: -1, top_logprobs: [] }], refusal: [] },
      message: { content: 'xy', reasoning_content: 'because', refusal: null },
    },
  ])
})
