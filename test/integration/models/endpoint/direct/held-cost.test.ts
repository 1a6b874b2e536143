/**
 * The cost that a request outside runs holds of a daily budget is reckoned from its prompt.
 */
import { describe, expect, test } from 'vitest'
import { SampleError } from '../../../../../src/contracts/model.ts'
import { forwardChat, type ForwardedMessage } from '../../../../../src/models/endpoint/chat/forward-chat.ts'
import { directWorld } from './direct-world.ts'

const PRICE = { input_per_million: 1, output_per_million: 1, per_image: 0 }
const NANO_PER_TOKEN = 1000

/** Holds, then never answers with a usage: what was held is what it costs. */
const silent = async () => Response.json({ choices: [{ message: { content: 'a' } }] })

const held = async (messages: readonly ForwardedMessage[], rest: object = { max_tokens: 1 }) => {
  const world = directWorld(silent, { price: PRICE })
  const { call } = await world.open()
  await call(forwardChat({ model: 'm', messages, ...rest }, new Map()))
  return (world.calls()[0]!['cost_nano'] as number) / NANO_PER_TOKEN
}

const user = (content: unknown) => [{ role: 'user', content }]
const picture = (bytes: number) => ({ type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(bytes)}` } })

describe('the held cost', () => {
  test('grows with the prompt', async () => {
    const short = await held(user('hi'))
    const long = await held(user('words '.repeat(20_000)))
    expect(short).toBeLessThan(60)
    // 120,000 bytes: English prose would be about 27,000 tokens.
    expect(long).toBeGreaterThan(27_000)
    expect(long).toBeLessThan(60_000)
  })

  test('counts UTF-8 bytes: a Chinese character is about a token', async () => {
    const many = await held(user('猫'.repeat(9000)))
    expect(many - (await held(user('')))).toBe(9000)
  })

  test('counts tools and earlier messages too', async () => {
    const tools = [{ type: 'function', function: { name: 'f', description: 'x'.repeat(3000) } }]
    expect((await held(user('hi'), { max_tokens: 1, tools })) - (await held(user('hi')))).toBeGreaterThan(1000)
  })

  test('takes a picture for 1,500 tokens, however many bytes it has', async () => {
    const [small, large] = [await held(user([picture(40)])), await held(user([picture(400_000)]))]
    expect(large).toBe(small)
    expect(small - (await held(user([])))).toBeGreaterThan(1500)
    expect(small).toBeLessThan(1600)
  })
})

describe('a refusal', () => {
  const budget = { daily_budget: { max_requests: null, max_cost_usd: 0.0001 }, price: PRICE }
  const failure = (error: unknown) => {
    if (!(error instanceof SampleError)) throw error
    return { code: error.code, message: error.message }
  }

  test('says that a request alone is more than the whole budget, and sends nothing', async () => {
    let sent = 0
    const world = directWorld(async () => (sent++, silent()), budget)
    const { call } = await world.open()
    const refused = await call(forwardChat({ model: 'm', messages: user('hi'), max_tokens: 101 }, new Map())).catch(failure)
    expect(refused).toEqual({
      code: 'request_over_budget',
      message: expect.stringMatching(
        /^this request alone may cost \$0\.0001\d+, more than the whole daily budget .*max_cost_usd\), \$0\.0001; send a shorter/,
      ) as string,
    })
    expect([sent, world.calls()]).toEqual([0, []])
  })

  test('says otherwise that the budget is spent, or that the rest of it is too little', async () => {
    const world = directWorld(silent, budget)
    const ask = async () =>
      (await world.open()).call(forwardChat({ model: 'm', messages: user('hi'), max_tokens: 50 }, new Map()))
    await ask()
    expect(await ask().catch(failure)).toEqual({
      code: 'budget_spent',
      message: expect.stringContaining('is spent, or what is left does not cover this request') as string,
    })
  })
})
