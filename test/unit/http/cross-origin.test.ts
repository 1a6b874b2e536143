/** Operations open to pages of other origins. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { Services } from '../../../src/http/app-context.ts'
import { createApp } from '../../../src/http/app.ts'
import { ROUTES } from '../../../src/http/routes.ts'
import { serviceRoutes } from '../../../src/http/routes/service/handlers.ts'

const app = createApp()
const ORIGIN = 'https://demo.example.com'

let services: Services
let looked: number

beforeEach(() => {
  looked = 0
  services = {
    explain: async (thrown: unknown) => thrown,
    admit: (_bytes: number, task: () => unknown) => task(),
    failedAttempts: { refused: () => false, count: async () => true },
    limits: {
      visitorRead: async () => true,
      anonymous: async () => true,
      key: async () => true,
      deliverySource: async () => false,
    },
    keys: {
      authenticate: async (bearer: string) => {
        looked++
        return bearer === 'good' ? { tenant: 't', keyId: 'k', role: 'admin' } : null
      },
    },
    memory: () => ({}),
    edgeModels: { list: async () => [], find: async () => null },
    leaderboard: { rows: async () => [], tests: async () => [] },
    reports: { visibleBody: async () => null },
    warmUp: () => {},
  } as unknown as Services
})

const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
  app.request(path, { method, headers: { origin: ORIGIN, ...headers } }, { services })
const preflight = (method: string, path: string) =>
  ask('OPTIONS', path, { 'access-control-request-method': method, 'access-control-request-headers': 'authorization' })
const concrete = (path: string) => path.replaceAll(/\{\w+\}/g, 'x')

type Paths = Record<string, Record<string, { readonly security: readonly object[] }>>
const { paths } = (await (await app.request('/openapi.json', {}, { services: {} as Services })).json()) as { paths: Paths }
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { security }]) => ({ path, method: method.toUpperCase(), open: security.length === 0 })),
)
const anyOrigin = new Set(
  [...ROUTES, ...serviceRoutes(() => ({}))]
    .filter(({ operation }) => operation.anyOrigin)
    .map(({ operation }) => `${operation.method.toUpperCase()} ${operation.path}`),
)
const forPages = ({ path, method }: { path: string; method: string }) => anyOrigin.has(`${method} ${path}`)

test('pages may call the operations open to visitors without a key, except signed deliveries and addresses', () => {
  const open = operations.filter(({ open: isOpen, path }) => isOpen && !path.startsWith('/hooks') && !path.includes('{token}'))
  expect(operations.filter(forPages)).toEqual(open)
})

describe.each(operations.filter(forPages))('$method $path', ({ method, path }) => {
  test('has a preflight that asks for no key and looks nothing up', async () => {
    const answer = await preflight(method, concrete(path))
    expect(answer.status).toBe(204)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': method,
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-max-age': '86400',
    })
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false)
    expect(looked).toBe(0)
  })

  test('has a preflight whose Allow names every method of the path, as that of a 405 does', async () => {
    const preflighted = await preflight(method, concrete(path))
    const refused = await ask('PUT', concrete(path))
    expect(refused.status).toBe(405)
    expect(preflighted.headers.get('allow')).toBe(refused.headers.get('allow'))
  })

  test.each([
    ['without a key', {}],
    ['with a key', { authorization: 'Bearer good' }],
    ['with a wrong key', { authorization: 'Bearer bad' }],
  ])('can be read %s, a refusal too', async (_, headers) => {
    const answer = await ask(method, concrete(path), headers as Record<string, string>)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-expose-headers')).toMatch(/x-request-id/)
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false)
  })
})

test.each(operations.filter((operation) => !forPages(operation)))(
  '$method $path answers no other origin',
  async ({ method, path }) => {
    const before = await preflight(method, concrete(path))
    // Another method of the path may be open. This one is then not among the allowed methods.
    if (before.status === 204) expect(before.headers.get('access-control-allow-methods')).not.toContain(method)
    else expect(before.headers.has('access-control-allow-origin')).toBe(false)
    const answer = await ask(method, concrete(path))
    expect(answer.headers.has('access-control-allow-origin')).toBe(false)
  },
)
