/**
 * `/openapi.json`: its head here, and the rest made of the operations.
 * @module
 */
import type { App } from './app-context.ts'
import { CODE_VERSION } from '../contracts/code-version.ts'
import { withLinks } from './links.ts'
import { TAGS } from './tags.ts'

const HEAD = {
  openapi: '3.1.0',
  info: {
    title: 'Assay',
    version: CODE_VERSION.version,
    description:
      'Evaluation of image+text models at the edge: scores per request, whole benchmarks, exact metrics with intervals.',
    license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/', description: 'The deployment that serves this document.' }],
  tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
}

type OpenApiDocument = ReturnType<App['getOpenAPI31Document']>

export function documentOf(app: App): OpenApiDocument {
  const { paths, ...rest } = withLengths(app.getOpenAPI31Document(HEAD)) as OpenApiDocument
  return { ...rest, ...(paths === undefined ? {} : { paths: withLinks(paths) }) }
}

/**
 * Schemas of tuples with their lengths, which the library leaves out: a shorter list would be valid. Elements
 * of one schema are `items`, since some tools read no `prefixItems`.
 */
function withLengths(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withLengths)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withLengths(member)]))
  const { prefixItems: tuple, ...rest } = members
  if (!Array.isArray(tuple)) return members
  const isUniform = new Set(tuple.map((element) => JSON.stringify(element))).size === 1
  return {
    ...rest,
    ...(isUniform ? { items: tuple[0] } : { prefixItems: tuple }),
    minItems: tuple.length,
    maxItems: tuple.length,
  }
}
