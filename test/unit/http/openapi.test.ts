import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import manifest from '../../../package.json' with { type: 'json' }
import { ROUTES } from '../../../src/http/routes.ts'
import { documentedAnswers } from '../../support/documented-answers.ts'
import { openApiDocument } from '../../support/openapi-document.ts'

const document = openApiDocument()
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, path, ...operation })),
)
const undocumented = documentedAnswers(document)
const file = {
  object: 'file',
  id: 'file-1',
  bytes: 3,
  created_at: 1,
  filename: 'a',
  purpose: 'evals',
  status: 'processed',
  sha256: 'a',
}
const upload = {
  object: 'upload',
  id: 'upload_1',
  bytes: 3,
  created_at: 1,
  expires_at: 2,
  filename: 'a',
  purpose: 'evals',
  status: 'pending',
}
const answer = (body: unknown, over: object = {}) => ({
  method: 'POST',
  path: '/v1/uploads',
  status: 200,
  contentType: 'application/json',
  body: JSON.stringify(body),
  ...over,
})

/** Every object of the document, with its place. */
function* objectsIn(value: unknown, place = ''): Generator<{ readonly place: string; readonly object: Record<string, unknown> }> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield { place, object: value as Record<string, unknown> }
  for (const [name, member] of Object.entries(value)) yield* objectsIn(member, `${place}/${name}`)
}

describe('schemas', () => {
  const objects = [...objectsIn(document.components.schemas)]

  test('have patterns as JSON Schema reads them: it has no flags', () => {
    const patterns = objects.flatMap(({ place, object }) =>
      typeof object['pattern'] === 'string' ? [{ place, pattern: object['pattern'] }] : [],
    )
    expect(patterns.length).toBeGreaterThan(20)
    expect(patterns.filter(({ pattern }) => /\/[dgimsuvy]+$/.test(pattern))).toEqual([])
    const ajv = new Ajv2020({ strict: false })
    const picture = ajv.compile({ ...document, $id: 'd', $ref: '#/components/schemas/ScoreRequest/properties/image' } as object)
    expect(
      ['data:image/png;base64,AA==', 'DATA:image/png;base64,AA==', 'https://a.example/b.png'].map((text) => picture(text)),
    ).toEqual([true, true, false])
  })

  test('of tuples have their length', () => {
    expect(objects.filter(({ object }) => 'prefixItems' in object && object['minItems'] === undefined)).toEqual([])
    const range = objects.find(({ place }) => place === '/MetricValue/properties/range')!
    expect(range.object).toMatchObject({ type: 'array', items: { type: ['number', 'null'] }, minItems: 2, maxItems: 2 })
    const ajv = new Ajv2020({ strict: false })
    const isRange = ajv.compile(range.object)
    expect([[0, 1], [null, 1], [0], [0, 1, 2]].map((value) => isRange(value))).toEqual([true, true, false, false])
  })
})

describe('the document', () => {
  test.each([
    ['Upload', 'file', null],
    ['Upload', 'file', file],
    ['DatasetImport', 'dataset', null],
    ['Run', 'report', null],
  ])('lets %s have %s %j', (schema, member, value) => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    ajv.addSchema({ $id: 'openapi', components: document.components })
    const validate = ajv.compile({ $ref: `openapi#/components/schemas/${schema}/properties/${member}` })
    expect(validate(value), JSON.stringify(validate.errors)).toBe(true)
  })

  test('has no schema that nothing satisfies: a reference and null at once', () => {
    expect(JSON.stringify(document)).not.toMatch(/"allOf":\[\{"\$ref":"[^"]+"\},\{"type":\[/)
  })

  test('has the version of the package', () => {
    expect(document.info.version).toBe(manifest.version)
  })

  test('names every operation once', () => {
    const ids = operations.map(({ operationId }) => operationId)
    expect(ids.filter((id) => !/^[a-z][A-Za-z]+$/.test(id))).toEqual([])
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('has an example of every JSON body, of requests and of answers', () => {
    const bodies = operations.flatMap(({ route, requestBody, responses }) => [
      { of: `${route} request`, content: requestBody?.content },
      ...Object.entries(responses)
        .filter(([status]) => status.startsWith('2'))
        .map(([status, { content }]) => ({ of: `${route} ${status}`, content })),
    ])
    const json = bodies.filter(({ content }) => content?.['application/json'] !== undefined)
    expect(json.length).toBeGreaterThan(60)
    expect(json.filter(({ content }) => content!['application/json']!.example === undefined)).toEqual([])
  })

  test('lists the refusals of every operation by status', () => {
    for (const { route, responses } of operations) {
      expect(Object.keys(responses), route).toEqual(expect.arrayContaining(['401', '429', '500', '503']))
      expect(Object.keys(responses), route).not.toContain('default')
    }
    expect(
      operations.filter(({ path, responses }) => path.includes('{') && !('404' in responses)).map(({ route }) => route),
    ).toEqual([])
  })

  test('has every success of every operation', () => {
    for (const { operation } of ROUTES) {
      const { responses } = operations.find(({ operationId }) => operationId === operation.operationId)!
      const successes = Object.keys(responses).filter((status) => status.startsWith('2'))
      expect(successes, operation.operationId).toEqual(Object.keys(operation.answers))
    }
  })

  test.each(['POST /v1/images 200', 'POST /v1/datasets 200', 'POST /v1/datasets 202', 'POST /hooks/{trigger} 200'])(
    'has %s',
    (answered) => {
      const [method, path, status] = answered.split(' ') as [string, string, string]
      expect(operations.find(({ route }) => route === `${method} ${path}`)!.responses).toHaveProperty(status)
    },
  )
})

describe('links', () => {
  const links = operations.flatMap(({ responses }) =>
    Object.values(responses).flatMap((response) => Object.values(linksOf(response))),
  )
  /** Their ids come with a signed address, a manifest or a job, not with a collection. */
  const BY_OTHER_MEANS = [
    'getSubmissionRequests',
    'getSubmissionResults',
    'addSubmissionResults',
    'getSignedPicture',
    'getReport',
    'getErroredBoundsOfReport',
    'getManifestsOfReport',
    'getDatasetImport',
    'uploadModelFile',
    'deliverWebhook',
  ]

  test('lead to every operation on an object', () => {
    const reached = new Set([...links.map(({ operationId }) => operationId), ...BY_OTHER_MEANS])
    const onObjects = operations.filter(({ path }) => path.includes('{'))
    expect(onObjects.filter(({ operationId }) => !reached.has(operationId)).map(({ route }) => route)).toEqual([])
    const known = new Set(operations.map(({ operationId }) => operationId))
    expect(BY_OTHER_MEANS.filter((id) => !known.has(id))).toEqual([])
  })

  test('state every parameter of the path that they lead to', () => {
    const paths = new Map(operations.map(({ operationId, path }) => [operationId, path]))
    const faults = links.filter(({ operationId, parameters }) => {
      const wanted = [...paths.get(operationId)!.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
      return wanted.toSorted().join() !== Object.keys(parameters).toSorted().join()
    })
    expect(faults).toEqual([])
    expect(links.length).toBeGreaterThan(30)
  })

  test('name members that the answer has', () => {
    const faults = operations.flatMap(({ route, responses }) =>
      Object.values(responses).flatMap((response) => {
        const example = response.content?.['application/json']?.example
        return Object.values(linksOf(response))
          .flatMap(({ parameters }) => Object.values(parameters))
          .filter((expression) => expression.startsWith('$response.body#'))
          .filter((expression) => typeof at(example, expression.slice('$response.body#/'.length).split('/')) !== 'string')
          .map((expression) => `${route}: ${expression}`)
      }),
    )
    expect(faults).toEqual([])
  })
})

interface Link {
  readonly operationId: string
  readonly parameters: Readonly<Record<string, string>>
}
const linksOf = (response: object) => (response as { links?: Readonly<Record<string, Link>> }).links ?? {}
const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, name) => (inner as Readonly<Record<string, unknown>> | undefined)?.[name], value)

describe('an answer', () => {
  test('that is documented passes', () => {
    expect(undocumented(answer({ ...upload, file: null }))).toBeNull()
    expect(undocumented(answer({ ...upload, status: 'completed', file }))).toBeNull()
  })

  test.each([
    ['with another status', answer({ ...upload, file: null }, { status: 202 }), /does not document status 202/],
    ['with another type', answer('', { contentType: 'text/html' }), /does not document 200 of type text\/html/],
    ['without a type', answer('', { contentType: null }), /of type null/],
    ['without a member', answer(upload), /required property 'file'/],
    ['with a member too many', answer({ ...upload, file: null, secret: 'x' }), /unevaluated properties.*secret/],
    ['with a member too many further in', answer({ ...upload, file: { ...file, secret: 'x' } }), /body|file/],
    ['that is not JSON', answer('', { body: '<html>' }), /must be object/],
    ['at a path that does not exist', answer({}, { path: '/v1/nothing' }), /no operation/],
    [
      'that is a problem without a code',
      answer({ type: 'a', title: 'b', status: 404, detail: 'c' }, { path: '/v1/nothing', status: 404 }),
      /required property/,
    ],
  ])('%s fails', (_what, wrong, says) => {
    expect(undocumented(wrong)).toMatch(says)
  })
})
