/** Handlers are typed by their operations, and respond with their return values. */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { describe, expect, test } from 'vitest'
import { JsonText } from '../../../src/http/answer.ts'
import type { AppEnv } from '../../../src/http/app-context.ts'
import { jsonAnswer, operation } from '../../../src/http/operation.ts'
import { mount, type Route, route } from '../../../src/http/route.ts'

const thing = z.object({ id: z.string(), secret: z.string().optional() })
const described = {
  summary: 'Get a thing',
  description: 'Returns it.',
  tag: 'service',
  access: 'public',
} as const

const getThing = operation({
  ...described,
  method: 'get',
  path: '/things/{id}',
  params: { id: { description: 'Id of the thing.', example: 'a' } },
  operationId: 'getThing',
  answers: {
    200: jsonAnswer(thing, 'The thing.', { id: 'a' }),
    202: jsonAnswer(z.object({ wait: z.boolean() }), 'Not yet.', { wait: true }),
  },
})

const getBytes = operation({
  ...described,
  method: 'get',
  path: '/bytes',
  operationId: 'getBytes',
  answers: { 200: { mediaType: 'application/octet-stream', description: 'Bytes.' } },
})

async function ask(path: string, ...routes: Route[]): Promise<Response> {
  const app = new OpenAPIHono<AppEnv>()
  mount(app, routes)
  return app.request(path, {}, { services: {} })
}

describe('an answer', () => {
  test('is sent with its status, as JSON', async () => {
    const answer = await ask(
      '/things/a',
      route(getThing, ({ answer, params }) => answer(200, { id: params.id })),
    )
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'application/json',
      '{"id":"a"}',
    ])
  })

  test('that is serialized already is sent byte for byte, with its headers', async () => {
    const answer = await ask(
      '/things/a',
      route(getThing, ({ answer }) => answer(200, new JsonText('{ "id": "a" }'), { etag: '"a"' })),
    )
    expect([answer.headers.get('etag'), await answer.text()]).toEqual(['"a"', '{ "id": "a" }'])
  })

  test('of bytes is streamed', async () => {
    const answer = await ask(
      '/bytes',
      route(getBytes, ({ answer }) => answer(200, new Blob(['abc']).stream())),
    )
    expect([answer.headers.get('content-type'), await answer.text()]).toEqual(['application/octet-stream', 'abc'])
  })
})

describe('a query', () => {
  const getOwn = operation({
    ...described,
    access: 'visitor',
    method: 'get',
    path: '/own',
    operationId: 'getOwn',
    answers: getThing.answers,
  })
  const routes = [
    route(getOwn, ({ answer }) => answer(200, { id: 'own' })),
    route(getThing, ({ answer, params }) => answer(200, { id: params.id })),
  ]
  const refusal = async (path: string): Promise<unknown> => {
    const app = new OpenAPIHono<AppEnv>()
    app.use(async (context, next) => {
      context.set('principal', { tenant: 't', role: 'admin' } as never)
      await next()
    })
    app.onError((error, context) => context.json({ refused: error.message }, 400))
    mount(app, routes)
    return (await app.request(path, {}, { services: {} })).json()
  }

  test('is refused where a route takes none: a filter must not be ignored', async () => {
    expect(await refusal('/own?status=fail')).toEqual({
      refused: expect.stringContaining('status: is not a known query parameter; this route takes none') as string,
    })
    expect(await refusal('/own')).toEqual({ id: 'own' })
  })

  test('is left to those who call an address that they were given', async () => {
    expect(await refusal('/things/a?relay=1')).toEqual({ id: 'a' })
  })
})

test('answers that an operation does not document do not compile', () => {
  const wrong: Route[] = [
    // @ts-expect-error: no such status
    route(getThing, ({ answer }) => answer(201, { id: 'a' })),
    // @ts-expect-error: the body of another status
    route(getThing, ({ answer }) => answer(202, { id: 'a' })),
    // @ts-expect-error: a member is missing
    route(getThing, ({ answer }) => answer(200, {})),
    // @ts-expect-error: a member of another type
    route(getThing, ({ answer }) => answer(200, { id: 1 })),
    // @ts-expect-error: a member that is not documented
    route(getThing, async ({ answer }) => answer(200, { id: 'a', owner: 'b' })),
    // @ts-expect-error: a parameter that the path does not have
    route(getThing, ({ answer, params }) => answer(200, { id: params.name })),
    // @ts-expect-error: JSON where bytes are documented
    route(getBytes, ({ answer }) => answer(200, { id: 'a' })),
    // @ts-expect-error: the principal may be null on a public operation
    route(getThing, ({ answer, principal }) => answer(200, { id: principal.tenant })),
  ]
  // @ts-expect-error: a parameter without a note
  operation({ ...getBytes, path: '/things/{id}' })
  // @ts-expect-error: a note for a parameter that the path does not have
  operation({ ...getThing, path: '/things' })
  expect(wrong).toHaveLength(8)
})
