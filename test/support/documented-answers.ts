/**
 * Checks answers of Assay against its own `/openapi.json`: method, path, status, media type and every member
 * of the body.
 * @module
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import type { OpenApiDocument } from './openapi-document.ts'
import type { Json } from './schema-values.ts'

export interface Answer {
  readonly method: string
  /** Path without the query. */
  readonly path: string
  readonly status: number
  readonly contentType: string | null
  /** null if not read; then only the rest is checked. */
  readonly body: string | null
}

/** Answers of other types are checked by their type only. */
export const isRead = (contentType: string | null) => /^application\/(?:(?:problem\+)?json|yaml)\b/.test(contentType ?? '')

/** Returns a function that describes the undocumented part of an answer; null if there is none. */
export function documentedAnswers(document: OpenApiDocument): (answer: Answer) => string | null {
  // Members that the document does not name are not allowed.
  const closed = closeObjects(document as unknown as Json) as unknown as OpenApiDocument
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false })
  ajv.addSchema({ $id: 'openapi', components: closed.components as unknown as object })
  const compiled = new Map<Json, ValidateFunction>()
  const validatorOf = (schema: Json): ValidateFunction => {
    const found = compiled.get(schema) ?? ajv.compile(atDocument(schema) as object)
    compiled.set(schema, found)
    return found
  }
  const operations = Object.entries(closed.paths).map(([path, methods]) => ({
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    // `/v1/evals/{id}/runs` before paths that match more.
    parameters: path.split('{').length,
    methods,
  }))
  operations.sort((a, b) => a.parameters - b.parameters)
  const problem = closed.components.schemas['Problem']!

  return ({ method, path, status, contentType, body }) => {
    const asked = method === 'HEAD' ? 'get' : method.toLowerCase()
    const operation = operations.find(({ pattern, methods }) => pattern.test(path) && asked in methods)?.methods[asked]
    const type = contentType?.split(';')[0]!.trim() ?? null
    let schema: Json | undefined = problem
    if (operation !== undefined) {
      const response = operation.responses[String(status)]
      if (response === undefined) return `${operation.operationId} does not document status ${status}`
      if (type === null && response.content === undefined && !body) return null
      schema = type === null ? undefined : response.content?.[type]?.schema
      if (schema === undefined) return `${operation.operationId} does not document ${status} of type ${type}`
    } else if (method === 'OPTIONS' && status === 204 && operations.some(({ pattern }) => pattern.test(path))) return null
    else if (status < 400) return `no operation ${method} ${path} is documented, and it answered ${status}`
    if (body === null || method === 'HEAD' || !isRead(type)) return null
    const validate = validatorOf(schema)
    if (validate(parsed(body, type!))) return null
    const { instancePath, message, params } = validate.errors![0]!
    return `${operation?.operationId ?? `${method} ${path}`} ${status}: ${instancePath || 'body'} ${message} ${JSON.stringify(params)}`
  }
}

function parsed(body: string, type: string): unknown {
  try {
    return type === 'application/yaml' ? parse(body) : JSON.parse(body)
  } catch {
    return undefined
  }
}

/** References within the document. */
function atDocument(schema: Json): Json {
  return mapObjects(schema, (object) =>
    typeof object['$ref'] === 'string' ? { ...object, $ref: `openapi${object['$ref']}` } : object,
  )
}

function closeObjects(schema: Json): Json {
  return mapObjects(schema, (object) =>
    isObject(object['properties']) && !('additionalProperties' in object) && (object['type'] ?? 'object') !== 'string'
      ? { ...object, unevaluatedProperties: false }
      : object,
  )
}

function mapObjects(value: Json, change: (object: { [name: string]: Json }) => { [name: string]: Json }): Json {
  if (Array.isArray(value)) return value.map((entry) => mapObjects(entry, change))
  if (!isObject(value)) return value
  return change(Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, mapObjects(entry, change)])))
}

const isObject = (value: Json | undefined): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
