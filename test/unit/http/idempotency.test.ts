/** Requests under an `Idempotency-Key`: which read it, and which answers are kept. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../../../scripts/paths.ts'
import type { AppContext } from '../../../src/http/app-context.ts'
import { claimKey, type ClaimedKey, MOST_KEPT_BYTES } from '../../../src/http/idempotency.ts'
import { ROUTES } from '../../../src/http/routes.ts'

describe('every POST request', () => {
  const page = readFileSync(join(ROOT, 'docs/idempotency.md'), 'utf8')
  const posts = ROUTES.map(({ operation }) => operation).filter(({ method }) => method === 'post')
  const [keyed, others] = [true, false].map((idempotent) =>
    posts.filter((operation) => (operation.idempotent === true) === idempotent).map(({ path }) => path),
  ) as [string[], string[]]
  const [, withKey, withoutKey] = page.split(/^## /m) as [string, string, string]

  test('either reads the header, or docs/idempotency.md says what a repeat does', () => {
    const rows = [...withoutKey.matchAll(/^\| `(\/[^`]+)` \| \S/gm)].map(([, path]) => path!)
    expect(rows.toSorted()).toEqual(others.toSorted())
    expect(others.length).toBeGreaterThan(20)
  })

  test('that reads it is named there', () => {
    const named = [...withKey.matchAll(/`POST ([^`]+)`/g)].map(([, path]) => path!)
    const ends = (path: string, name: string) => (name.startsWith('…') ? path.endsWith(name.slice(1)) : path === name)
    expect(keyed.filter((path) => !named.some((name) => ends(path, name)))).toEqual([])
    expect(named.filter((name) => !keyed.some((path) => ends(path, name)))).toEqual([])
  })
})

test.each([
  ['ASCII that fits', 'a'.repeat(MOST_KEPT_BYTES), 'answer'],
  ['ASCII that does not fit a row', 'a'.repeat(MOST_KEPT_BYTES + 1), 'release'],
  ['few characters of three bytes each', '€'.repeat(Math.floor(MOST_KEPT_BYTES / 3)), 'answer'],
  ['characters of three bytes, one too many', '€'.repeat(Math.floor(MOST_KEPT_BYTES / 3) + 1), 'release'],
])('an answer of %s', async (_, body, expected) => {
  const called: string[] = []
  const idempotency = {
    claim: async () => ({ outcome: 'claimed', claim: { id: 'a', resumed: false } }),
    answer: async () => void called.push('answer'),
    release: async () => void called.push('release'),
  }
  const services = { idempotency, newId: () => 'a' }
  const context = { req: { method: 'POST', path: '/v1/embeddings' }, env: { services } } as unknown as AppContext
  const claimed = (await claimKey(context, 't', 'key', { request: {}, status: 200 })) as ClaimedKey
  await claimed.answer(body)
  expect(called).toEqual([expected])
})
