/**
 * Links of `/openapi.json` (OpenAPI 3.1, Link Object): the operations on an object, from the answer that
 * creates or lists it. Clients that are generated, and testers, follow them.
 * @module
 */

interface Response {
  readonly content?: Readonly<Record<string, { readonly example?: unknown }>>
}

interface Described {
  readonly operationId: string
  readonly responses: Readonly<Record<string, Response>>
}

type Paths = Readonly<Record<string, Readonly<Record<string, Described>>>>

/** Where an answer has the object: one that was created, or the first one of a page. */
const SOURCES = [
  { method: 'post', object: [] },
  { method: 'get', object: ['data', '0'] },
] as const

/** The same paths, with links from each collection to the operations on its members. */
export function withLinks<P extends object>(paths: P): P {
  const all = paths as Paths
  return Object.fromEntries(
    Object.entries(all).map(([path, methods]) => {
      const source = SOURCES.find(({ method }) => methods[method] !== undefined)
      const parameter = memberParameter(path, Object.keys(all))
      if (source === undefined || parameter === null) return [path, methods]
      // An id ends in `id` under every name that a path has for it.
      const member = [...source.object, parameter.endsWith('id') ? 'id' : parameter]
      const links = linksTo(all, path, parameter, member)
      const operation = methods[source.method]!
      const responses = Object.entries(operation.responses).map(([status, response]) => [
        status,
        // The answer to a dry run has no object.
        ['200', '201'].includes(status) && has(response, member) ? { ...response, links } : response,
      ])
      return [path, { ...methods, [source.method]: { ...operation, responses: Object.fromEntries(responses) } }]
    }),
  ) as P
}

/** `eval_id` for `/v1/evals`, since there are paths below `/v1/evals/{eval_id}`; null without such paths. */
function memberParameter(collection: string, paths: readonly string[]): string | null {
  const below = paths.find((path) => path.startsWith(`${collection}/{`))
  return below === undefined ? null : parametersOf(below)[parametersOf(collection).length]!
}

function linksTo(paths: Paths, collection: string, parameter: string, pointer: readonly string[]) {
  const member = `${collection}/{${parameter}}`
  const known = parametersOf(member)
  const targets = Object.entries(paths).filter(
    ([path]) => (path === member || path.startsWith(`${member}/`)) && parametersOf(path).length === known.length,
  )
  const parameters = {
    ...Object.fromEntries(parametersOf(collection).map((name) => [name, `$request.path.${name}`])),
    [parameter]: `$response.body#/${pointer.join('/')}`,
  }
  const operations = targets.flatMap(([, methods]) => Object.values(methods))
  return Object.fromEntries(operations.map(({ operationId }) => [operationId, { operationId, parameters }]))
}

/** By the example, which every JSON answer has. */
function has({ content }: Response, pointer: readonly string[]): boolean {
  const example = content?.['application/json']?.example
  const found = pointer.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], example)
  return typeof found === 'string'
}

const parametersOf = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
