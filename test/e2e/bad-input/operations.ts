/**
 * Every operation of `/openapi.json`, as far as bad requests depend on it.
 * @module
 */
import { createApp } from '../../../src/http/app.ts'
import { documentOf } from '../../../src/http/openapi.ts'

export interface Operation {
  readonly route: string
  readonly method: string
  readonly path: string
  readonly open: boolean
  readonly json: boolean
  readonly form: boolean
  readonly query: readonly string[]
  /** Takes an `Idempotency-Key`. */
  readonly keyed: boolean
}

export type Paths = Record<
  string,
  Record<string, { security?: unknown[]; requestBody?: { content: object }; parameters?: { in: string; name: string }[] }>
>

export const OPERATIONS: Operation[] = Object.entries(documentOf(createApp()).paths as Paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { security = [], requestBody, parameters = [] }]) => ({
    route: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path,
    open: security.length === 0,
    json: requestBody !== undefined && 'application/json' in requestBody.content,
    form: requestBody !== undefined && 'multipart/form-data' in requestBody.content,
    query: parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name),
    keyed: parameters.some((parameter) => parameter.in === 'header' && parameter.name === 'Idempotency-Key'),
  })),
)

export const ADMIN_ROUTES = new Set([
  'POST /v1/models',
  'PUT /v1/models/{id}/files/{sha256}',
  'DELETE /v1/models/{id}',
  'POST /v1/endpoints',
  'POST /v1/endpoints/{name}',
  'POST /v1/endpoints/{name}/probe',
  'DELETE /v1/endpoints/{name}',
  'POST /v1/keys',
  'GET /v1/keys',
  'DELETE /v1/keys/{id}',
])

/** Paths whose errors have OpenAI's shape as well. */
export const OPENAI = /^\/v1(\/|\?|$)/
