/**
 * Reading what a client sent: bounded, parsed, checked, and refused by field.
 * @module
 */
import type { z } from 'zod'
import { Fault, type FieldError, invalidField } from '../contracts/failure.ts'
import { release } from '../contracts/release.ts'
import type { AppContext } from './app-context.ts'

export const JSON_LIMIT = 1024 * 1024

/**
 * Reads a body of at most `limit` bytes.
 * @throws {Fault} `too_large` as soon as it is known, whatever Content-Length claims.
 */
export async function readBytes(context: AppContext, limit: number, what = 'request body'): Promise<Uint8Array<ArrayBuffer>> {
  const declared = declaredLength(context)
  if (declared !== undefined && declared > limit)
    throw new Fault({ kind: 'too_large', what, limit, actual: declared, unit: 'bytes' })
  const body = context.req.raw.body
  if (body === null) return new Uint8Array()
  // workerd holds a body to its declared length, so it may come in one piece.
  if (declared !== undefined) return new Uint8Array(await context.req.raw.arrayBuffer())
  const chunks: Uint8Array[] = []
  let total = 0
  for await (const chunk of body) {
    total += chunk.byteLength
    if (total > limit) throw new Fault({ kind: 'too_large', what, limit, unit: 'bytes' })
    chunks.push(chunk)
  }
  if (chunks.length === 1) return new Uint8Array(chunks[0]!)
  const bytes = new Uint8Array(total)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

/** Bytes of the body by its Content-Length; undefined for a chunked one. */
export function declaredLength(context: AppContext): number | undefined {
  const length = context.req.header('content-length')
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined
}

/** Reads and checks a JSON body. @throws {Fault} `invalid`, `too_large` or `unsupported_media`. */
export async function readJson<Schema extends z.ZodType>(
  context: AppContext,
  schema: Schema,
  limit = JSON_LIMIT,
  what = 'request body',
): Promise<z.infer<Schema>> {
  const type = mediaType(context)
  if (type !== 'application/json')
    throw new Fault({
      kind: 'unsupported_media',
      detail: `the body must be application/json, not ${type || 'without a content type'}`,
      accepted: ['application/json'],
    })
  const bytes = await readBytes(context, limit, what)
  const value = parseJson(bytes)
  release(bytes)
  return check(schema, value)
}

/** @throws {Fault} `invalid` when the bytes are not UTF-8 JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch (cause) {
    throw new Fault(
      {
        kind: 'invalid',
        detail: `the body is not JSON: ${(cause as Error).message}`,
        errors: [{ pointer: '', detail: 'must be JSON' }],
      },
      { cause },
    )
  }
}

/** Reads and checks the query. */
export function readQuery<Schema extends z.ZodType>(context: AppContext, schema: Schema): z.infer<Schema> {
  return check(schema, context.req.query())
}

/**
 * Checks a value, naming every offending field by its JSON pointer.
 * @param base - pointer to the value itself, when it is part of a body.
 * @throws {Fault} `invalid`
 */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown, base = ''): z.infer<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues
    .flatMap(fieldErrors)
    .slice(0, 20)
    .map(({ pointer, detail }) => ({ pointer: base + pointer, detail }))
  const [first] = errors
  throw new Fault({ kind: 'invalid', detail: `${first!.pointer || 'body'}: ${first!.detail}`, errors })
}

type Issue = z.core.$ZodIssue

function fieldErrors(issue: Issue): FieldError[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ pointer: pointerOf([...issue.path, key]), detail: 'is not a known field; remove it' }))
  // Of a union's alternatives, the one that got furthest says most.
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const furthest = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0]!
    if (furthest.length > 0)
      return furthest.flatMap((inner) => fieldErrors({ ...inner, path: [...issue.path, ...inner.path] } as Issue))
  }
  return [{ pointer: pointerOf(issue.path), detail: issue.message }]
}

const depth = (issues: readonly Issue[]) => Math.max(0, ...issues.map(({ path }) => path.length))

function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The form of a multipart body of at most `limit` bytes. */
export async function readForm(context: AppContext, limit: number): Promise<FormData> {
  const type = mediaType(context)
  if (type !== 'multipart/form-data')
    throw new Fault({
      kind: 'unsupported_media',
      detail: `the body must be multipart/form-data, not ${type || 'without a content type'}`,
      accepted: ['multipart/form-data'],
    })
  const declared = context.req.header('content-length')
  if (declared !== undefined && Number(declared) > limit)
    throw new Fault({ kind: 'too_large', what: 'request body', limit, actual: Number(declared), unit: 'bytes' })
  // Without a declared length the body is counted while it is read.
  const request =
    declared === undefined
      ? new Response(await readBytes(context, limit), { headers: { 'content-type': context.req.header('content-type')! } })
      : context.req.raw
  try {
    return await request.formData()
  } catch (cause) {
    throw new Fault(
      {
        kind: 'invalid',
        detail: `the multipart body is malformed: ${(cause as Error).message}`,
        errors: [{ pointer: '', detail: 'must be multipart/form-data' }],
      },
      { cause },
    )
  }
}

/** A text field of a form. @throws {Fault} when it is missing, repeated or a file. */
export function formText(form: FormData, field: string): string {
  const value = optionalFormText(form, field)
  if (value === undefined) throw invalidField(field, 'is missing')
  return value
}

export function optionalFormText(form: FormData, field: string): string | undefined {
  const values = form.getAll(field)
  if (values.length > 1) throw invalidField(field, 'was given more than once')
  const [value] = values
  if (value === undefined) return undefined
  if (typeof value !== 'string') throw invalidField(field, 'must be text, not a file')
  return value
}

/** A file field of a form. */
export function optionalFormFile(form: FormData, field: string): File | undefined {
  const values = form.getAll(field)
  if (values.length > 1) throw invalidField(field, 'was given more than once')
  const [value] = values
  if (value === undefined) return undefined
  if (typeof value === 'string') throw invalidField(field, 'must be a file')
  return value
}

/** @throws {Fault} naming fields that nobody reads: a misspelt one must not be a silent default. */
export function refuseUnknownFields(form: FormData, known: readonly string[]): void {
  for (const field of new Set(form.keys()))
    if (!known.includes(field)) throw invalidField(field, `is not a known field; known are ${known.join(', ')}`)
}

export function mediaType(context: AppContext): string {
  return (context.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
}
