/**
 * Sends every case of some routes and checks the refusal; nothing may be stored.
 * @module
 */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalServer } from '../../../scripts/local-server.ts'
import { goodPath } from './bodies.ts'
import type { Case } from './case.ts'
import { OPENAI, type Operation, OPERATIONS } from './operations.ts'
import { allCases } from './table.ts'
import { createWorld } from './world.ts'

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly request_id: string
  readonly errors?: { pointer: string; detail: string }[]
  readonly limit?: number
  readonly error?: { message: string; type: string; param: string | null; code: string }
}

/** Checks a refusal: its status, its problem document, the field that it names. */
export async function check(
  response: Response,
  path: string,
  expected: Omit<Case, 'route' | 'class' | 'what'>,
): Promise<Problem> {
  const text = await response.text()
  expect(response.status, text).toBe(expected.status)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  const problem = JSON.parse(text) as Problem
  expect(problem).toMatchObject({ status: expected.status, type: `/problems/${problem.code}` })
  expect(problem.code.startsWith(expected.code), problem.code).toBe(true)
  expect(problem.request_id).toMatch(/^req_[0-9a-f]{32}$/)
  expect(response.headers.get('x-request-id')).toBe(problem.request_id)
  expect(problem.detail.length).toBeGreaterThan(0)
  expect(problem.detail.length).toBeLessThanOrEqual(1001)
  if (expected.pointer !== undefined) expect(problem.errors?.[0]?.pointer, text.slice(0, 1500)).toBe(expected.pointer)
  if (expected.detail !== undefined)
    expect([problem.detail, problem.errors?.[0]?.detail].join('\n')).toMatch(new RegExp(expected.detail, 'ms'))
  for (const [name, pattern] of Object.entries(expected.headers ?? {})) expect(response.headers.get(name), name).toMatch(pattern)
  if (problem.status === 413) expect(problem.limit).toBeGreaterThan(0)
  const openai = OPENAI.test(path)
  expect(problem.error !== undefined).toBe(openai)
  if (openai) {
    expect(problem.error).toEqual({
      message: problem.detail,
      type: 'invalid_request_error',
      param: problem.errors?.[0]?.pointer ?? null,
      code: problem.code,
    })
  }
  return problem
}

/** All that is stored: rows and objects, but for what moves by itself (leases, the visitors' budget). */
async function storedState(server: LocalServer): Promise<Record<string, string>> {
  const db = await server.mf.getD1Database('DB')
  const { results: tables } = await db
    .prepare(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'`,
    )
    .all<{ name: string }>()
  const state: Record<string, string> = {}
  for (const { name } of tables) {
    if (name === 'shards' || name === 'outbox' || name === 'daily_usage') continue
    const { results } = await db.prepare(`SELECT * FROM ${name}`).all()
    const rows = results.map(({ transition_at: _lease, ...row }) => row)
    state[name] = createHash('sha256').update(JSON.stringify(rows)).digest('hex')
  }
  const { objects } = await (await server.mf.getR2Bucket('OBJECTS')).list()
  state['objects'] = objects.map(({ key: name }) => name).join('\n')
  return state
}

/** Tests of every case of the routes that `belongs` picks, against a server of their own. */
export function describeRoutes(belongs: (operation: Operation) => boolean): void {
  const world = createWorld()
  const table = allCases(world)
  beforeAll(() => world.start())
  afterAll(() => world.stop())

  describe.each(OPERATIONS.filter(belongs).map((operation) => [operation.route, operation] as const))(
    '%s',
    (route, operation) => {
      const cases = table.filter((each) => each.route === route).map((each) => ({ name: `${each.class}: ${each.what}`, each }))
      let before: Record<string, string>
      beforeAll(async () => {
        before = await storedState(world.server())
      })

      test.each(cases)('$name', async ({ each }) => {
        const path = each.path?.() ?? goodPath(world.ids, operation)
        const bearer = each.key === undefined ? world.administrator() : each.key()
        await check(await world.send(each.method ?? operation.method, path, each.request?.(), bearer), path, each)
      })

      test('stored nothing', async () => {
        expect(await storedState(world.server())).toEqual(before)
      })
    },
  )
}
