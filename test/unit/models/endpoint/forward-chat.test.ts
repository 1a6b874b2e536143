/**
 * A chat completion that is passed on: the body that the endpoint gets, and the answer that the client gets.
 */
import { describe, expect, test } from 'vitest'
import { SampleError } from '../../../../src/contracts/model.ts'
import { forwardChat } from '../../../../src/models/endpoint/chat/forward-chat.ts'

const ID = `img_${'a'.repeat(64)}`
const PICTURE = { mediaType: 'image/png', bytes: new Uint8Array([1, 2, 3]) }
const sent = (messages: never[], rest: object = {}, pictures = new Map([[ID, PICTURE]])) => {
  const request = forwardChat({ model: 'm', messages, ...rest }, pictures)
  return { ...request, json: JSON.parse(new TextDecoder().decode(request.body)) as unknown }
}
const read = (answer: unknown) => {
  const reading = forwardChat({ model: 'm', messages: [] }, new Map()).read(new TextEncoder().encode(JSON.stringify(answer)))
  return 'answer' in reading ? reading.answer : reading
}

describe('the request', () => {
  test('has every member as it is, and stored pictures in place of their ids', () => {
    const tool = { type: 'function', function: { name: 'f', parameters: {} } }
    const messages = [
      { role: 'system', content: 'Be brief.', name: 'x' },
      {
        role: 'user',
        name: 'y',
        content: [
          { type: 'text', text: '{"a":1}' },
          { type: 'image_url', image_url: { url: ID, detail: 'low' } },
          { type: 'image_url', image_url: { url: ID } },
          { type: 'image_url', image_url: { url: 'https://a.example/b.png' } },
        ],
      },
      { role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'c', content: '4' },
    ] as never[]
    const { json, images, maxCompletionTokens } = sent(messages, { tools: [tool], temperature: 0.7, n: 2, max_tokens: 30 })
    const uri = 'data:image/png;base64,AQID'
    expect(json).toEqual({
      model: 'm',
      tools: [tool],
      temperature: 0.7,
      n: 2,
      max_tokens: 30,
      messages: [
        messages[0],
        {
          role: 'user',
          name: 'y',
          content: [
            { type: 'text', text: '{"a":1}' },
            { type: 'image_url', image_url: { url: uri, detail: 'low' } },
            { type: 'image_url', image_url: { url: uri } },
            { type: 'image_url', image_url: { url: 'https://a.example/b.png' } },
          ],
        },
        messages[2],
        messages[3],
      ],
    })
    expect({ images, maxCompletionTokens }).toEqual({ images: 3, maxCompletionTokens: 60 })
  })

  test.each([
    [{}, null],
    [{ max_tokens: -1 }, null],
    [{ max_tokens: 100, n: -5 }, 100],
    [{ max_tokens: 100, n: 0 }, 100],
    [{ max_tokens: 100, max_completion_tokens: null, n: 3 }, 300],
    [{ max_tokens: -1, n: 3 }, 3 * 4096],
    [{ max_tokens: 'many', n: 'all' }, null],
  ])('%j holds the cost of at most %j tokens in a budget', (rest, most) => {
    expect(sent([], rest).maxCompletionTokens).toBe(most)
  })

  test('names a stored picture by its signed address where the endpoint takes those', () => {
    const linked = { url: 'https://assay.example/p', sha256: 'a', mediaType: 'image/png' }
    const message = { role: 'user', content: [{ type: 'image_url', image_url: { url: ID } }] } as never
    const { json } = sent([message], {}, new Map([[ID, linked]]) as never)
    expect(json).toMatchObject({ messages: [{ content: [{ image_url: { url: 'https://assay.example/p' } }] }] })
  })
})

describe('the answer', () => {
  test('keeps choices, calls of tools and counts of tokens', () => {
    const calls = [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }]
    const answer = read({
      id: 'theirs',
      model: 'm-2026',
      system_fingerprint: 'fp',
      choices: [
        { index: 0, finish_reason: 'tool_calls', message: { role: 'assistant', content: null, tool_calls: calls } },
        { finish_reason: 'stop', message: { content: [{ type: 'text', text: 'a' }, { text: 'b' }] }, logprobs: { content: [] } },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 1 } },
    })
    expect(answer).toEqual({
      model: 'm-2026',
      systemFingerprint: 'fp',
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: { role: 'assistant', content: null, refusal: null, tool_calls: calls },
          logprobs: null,
        },
        { index: 1, finish_reason: 'stop', message: { content: 'ab', refusal: null }, logprobs: { content: [] } },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5, prompt_tokens_details: { cached_tokens: 1 } },
    })
  })

  test('needs no usage, which some servers leave out', () => {
    expect(read({ choices: [{ message: { content: 'a' } }] })).toMatchObject({
      usage: null,
      choices: [{ message: { content: 'a' } }],
    })
  })

  const token = { token: 'a', logprob: -0.1 }
  test.each([
    ['without alternatives', { content: [token], x: 1 }, { content: [{ ...token, top_logprobs: [] }], x: 1 }],
    ['of null', { content: [{ ...token, logprob: null }] }, null],
    ['of the older completions', { tokens: ['a'], token_logprobs: [-0.1], content: 'a' }, null],
  ])('log probabilities %s never cost the answer, and have the documented shape', (_, given, logprobs) => {
    const answer = read({ choices: [{ message: { content: 'a' }, logprobs: given }] })
    expect(answer).toMatchObject({ choices: [{ message: { content: 'a' }, logprobs }] })
  })

  test.each([[{ choices: [] }], [{ choices: [{ message: { content: 5 } }] }], [[]]])('%j is not a completion', (answer) => {
    expect(() => read(answer)).toThrow(SampleError)
  })

  test('an answer that is nested too deep to be written again is a bad answer', () => {
    const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as unknown
    const answer = (levels: number) => ({ choices: [{ message: { content: 'a', extra: nested(levels) } }] })
    expect(read(answer(60))).toMatchObject({ choices: [{ message: { content: 'a' } }] })
    expect(() => read(answer(61))).toThrow('nested more than 64 levels deep')
    expect(() =>
      forwardChat({ model: 'm', messages: [] }, new Map()).read(
        new TextEncoder().encode(`{"choices":[{"message":{"content":"a","extra":${'['.repeat(50_000)}${']'.repeat(50_000)}}}]}`),
      ),
    ).toThrow(SampleError)
  })

  test('an error inside is reported as one', () => {
    expect(read({ error: { code: 429, message: 'slow down' } })).toMatchObject({ reported: { status: 429 } })
  })
})
