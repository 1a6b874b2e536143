/**
 * Stored chat completions: their filters, pages that end by size, and their expiry.
 */
import { beforeEach, describe, expect, test } from 'vitest'
import { COMPLETION_LIFETIME_MS, type CompletionFilter, type CompletionStore } from '../../../src/contracts/stored-completion.ts'
import { createCompletionStore } from '../../../src/storage/completion-store.ts'
import { prune } from '../../../src/storage/pruning.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'

const clock = { time: 0, now: () => clock.time }
let db: D1Database
let store: CompletionStore

const SYSTEM = { role: 'system', content: 'You are "Terse".' }
const put = (id: string, { content = 'hi', tenant = 't', ...change }: Record<string, unknown> & { tenant?: string } = {}) =>
  store.put(tenant, {
    id,
    model: 'm',
    metadata: {},
    messages: [SYSTEM, { role: 'user', content }],
    parameters: {},
    completion: { id },
    ...change,
  } as Parameters<CompletionStore['put']>[1])

beforeEach(() => {
  clock.time = 1000
  db = sqliteD1().db
  store = createCompletionStore(db, clock)
})

describe('filters', () => {
  beforeEach(async () => {
    await put('a', { metadata: { 'a "key".x': 'v', team: 'one' }, parameters: { temperature: 0, user: 'u' } })
    clock.time = 2000
    await put('b', {
      model: 'other',
      metadata: { team: 'one' },
      parameters: { top_p: 0.5, reasoning_effort: 'low', tools: [{ function: { name: 'f' } }, { function: { name: 'g' } }] },
    })
    await put('c', { messages: [{ role: 'developer', content: [{ type: 'text', text: 'Be TERSE' }] }] })
    await put('d', { tenant: 'theirs', metadata: { team: 'one' } })
  })

  test.each<[CompletionFilter, string]>([
    [{}, 'a b c'],
    [{ model: 'other' }, 'b'],
    [{ metadata: { team: 'one' } }, 'a b'],
    [{ metadata: { team: 'one', 'a "key".x': 'v' } }, 'a'],
    [{ metadata: { team: 'two' } }, ''],
    [{ createdAfter: 1001 }, 'b c'],
    [{ createdBefore: 1000 }, 'a'],
    [{ temperature: 0 }, 'a'],
    [{ topP: 0.5 }, 'b'],
    [{ reasoningEffort: 'low' }, 'b'],
    [{ users: ['x', 'u'] }, 'a'],
    [{ tools: ['g', 'f'] }, 'b'],
    [{ tools: ['g', 'h'] }, ''],
    [{ instructions: 'terse' }, 'a b c'],
    [{ instructions: '"Terse"', metadata: { team: 'one' }, model: 'm' }, 'a'],
    [{ instructions: 'hi' }, ''],
  ])('%j', async (filter, ids) => {
    const { data } = await store.list('t', { limit: 10, order: 'asc' }, filter)
    expect(data.map(({ id }) => id).join(' ')).toBe(ids)
    expect((await store.latest('t', filter, 10)).map(({ id }) => id)).toEqual(ids.split(' ').filter(Boolean).toReversed())
  })
})

test('pages go either way, and end early where completions are long', async () => {
  for (const id of ['a', 'b', 'c', 'd']) await put(id, { content: 'x'.repeat(id === 'd' ? 10 : 1_500_000) })
  const page = async (after: string | undefined, order: 'asc' | 'desc', limit = 3) => {
    const { data, more } = await store.list('t', { limit, after, order }, {})
    return [data.map(({ id }) => id).join(''), more]
  }
  expect(await page(undefined, 'asc')).toEqual(['ab', true])
  expect(await page('b', 'asc')).toEqual(['cd', false])
  expect(await page(undefined, 'desc', 2)).toEqual(['dc', true])
  expect(await page('c', 'desc', 2)).toEqual(['ba', false])
})

test('metadata changes alone, and another tenant has none of it', async () => {
  await put('a', { metadata: { team: 'one' } })
  expect((await store.setMetadata('t', 'a', { team: 'two' })).metadata).toEqual({ team: 'two' })
  expect(await store.find('t', 'a')).toMatchObject({ metadata: { team: 'two' }, messages: [SYSTEM, { content: 'hi' }] })
  for (const refused of [
    store.find('theirs', 'a'),
    store.setMetadata('theirs', 'a', {}),
    store.delete('theirs', 'a'),
    store.delete('t', 'none'),
  ])
    await expect(refused).rejects.toMatchObject({ failure: { kind: 'not_found' } })
  await store.delete('t', 'a')
  await expect(store.find('t', 'a')).rejects.toMatchObject({ failure: { kind: 'not_found' } })
})

test('a completion is gone after 30 days, and swept', async () => {
  await put('a')
  clock.time += COMPLETION_LIFETIME_MS
  await expect(store.find('t', 'a')).rejects.toMatchObject({ failure: { kind: 'not_found' } })
  expect((await store.list('t', { limit: 5, order: 'asc' }, {})).data).toEqual([])
  await prune(db, clock, 10)
  expect((await db.prepare('SELECT completion_id FROM stored_completions').all()).results).toEqual([])
})
