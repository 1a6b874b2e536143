/** The table of bad requests is whole: every route, every class, and one test file for each. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../../../scripts/paths.ts'
import { createApp } from '../../../src/http/app.ts'
import type { Class } from './case.ts'
import { check } from './check.ts'
import { OPERATIONS, type Paths } from './operations.ts'
import { of, RESOURCES } from './resources.ts'
import { allCases } from './table.ts'
import { createWorld } from './world.ts'

const world = createWorld()
const table = allCases(world)
beforeAll(() => world.start())
afterAll(() => world.stop())

describe('the table', () => {
  test('is made of the document that is served', async () => {
    const served = (await (await world.send('GET', '/openapi.json')).json()) as { paths: Paths }
    const routes = Object.entries(served.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(OPERATIONS.map(({ route }) => route)).toEqual(routes)
  })

  test('and the document knows every route', () => {
    const registered = createApp()
      .routes.filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
    expect(OPERATIONS.map(({ route }) => route).toSorted()).toEqual([...new Set(registered)].toSorted())
  })

  test('and docs/api.md describes every route', async () => {
    const page = await readFile(join(ROOT, 'docs/api.md'), 'utf8')
    const described = [...page.matchAll(/`((?:GET|POST|PUT|PATCH|DELETE) \/[^`\s]*)`/g)].map(([, route]) => route!)
    expect([...new Set(described)].filter((route) => !route.includes('…')).toSorted()).toEqual(
      expect.arrayContaining(OPERATIONS.map(({ route }) => route).toSorted()),
    )
  })

  test.each(OPERATIONS.map((operation) => ({ ...operation })))(
    'has for $route every class that applies',
    ({ route, open, path, json: takesJson, form, query }) => {
      const classes = new Set(table.filter((each) => each.route === route).map((each) => each.class))
      const applicable: Class[] = ['authorization', 'syntax']
      if (path.includes('{')) applicable.push('reference')
      if (takesJson || form || query.length > 0) applicable.push('syntax')
      if (takesJson) applicable.push('type', 'range', 'size')
      if (form) applicable.push('type', 'size')
      if (query.length > 0) applicable.push('range')
      expect([...classes], String(open)).toEqual(expect.arrayContaining(applicable))
    },
  )

  test('has every class', () => {
    const all: Class[] = ['syntax', 'type', 'range', 'reference', 'size', 'authorization', 'conflict']
    expect([...new Set(table.map((each) => each.class))].toSorted()).toEqual(all.toSorted())
  })

  test('has a file of tests for every resource that has routes', async () => {
    for (const resource of RESOURCES) {
      expect(OPERATIONS.filter(of(resource)).length, resource).toBeGreaterThan(0)
      const tests = await readFile(new URL(`${resource}.test.ts`, import.meta.url), 'utf8')
      expect(tests).toContain(`describeRoutes(of('${resource}'))`)
    }
  })
})

describe('no route', () => {
  test.each(['/v1/nothing', '/v1/', '/v1/evals/', '/v1/evals/x/runs/y/z', '/hooks/', '/v1//evals', '/openapiXjson'])(
    '%s',
    async (path) => {
      const response = await world.send('GET', path)
      // A path under no prefix of the API belongs to the page.
      if (!path.startsWith('/v1') && !path.startsWith('/hooks')) expect(response.status).toBe(404)
      else await check(response, path, { status: 404, code: 'not_found' })
    },
  )
})
