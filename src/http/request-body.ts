/**
 * Reading what a client sent: bounded, parsed, checked, and refused by field.
 * @module
 */
import type { z } from 'zod'
import { Fault, invalidField } from '../contracts/failure.ts'
import { release } from '../contracts/release.ts'
import type { AppContext } from './app-context.ts'
import { cutFile } from './form-picture.ts'
import { fieldErrorsOf, pointerOf, sentenceOf } from './field-errors.ts'
import { parseJson, unsafeText } from './parse-json.ts'

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

/**
 * Runs `task` once a body of its declared length (or of `limit`, where none is declared) may be held in this isolate. Enter before
 * reading, and never twice.
 */
export function admitBody<T>(context: AppContext, limit: number, task: () => Promise<T>): Promise<T> {
  return context.env.services.admit(Math.min(declaredLength(context) ?? limit, limit), task)
}

/** Reads and checks a JSON body. @throws {Fault} `invalid`, `too_large` or `unsupported_media`. */
export async function readJson<Schema extends z.ZodType>(
  context: AppContext,
  schema: Schema,
  limit = JSON_LIMIT,
  what = 'request body',
): Promise<z.infer<Schema>> {
  const bytes = await readJsonBytes(context, limit, what)
  const value = parseJson(bytes)
  release(bytes)
  return check(schema, value)
}

/** Reads a body that says it is JSON in UTF-8. @throws {Fault} `too_large` or `unsupported_media` */
export async function readJsonBytes(context: AppContext, limit: number, what: string): Promise<Uint8Array<ArrayBuffer>> {
  const type = mediaType(context)
  if (type !== 'application/json')
    throw new Fault({
      kind: 'unsupported_media',
      detail: `the body must be application/json, not ${type || 'without a content type'}`,
      accepted: ['application/json'],
    })
  const charset = /;\s*charset="?([^";]+)/i.exec(context.req.header('content-type')!)?.[1]
  if (charset !== undefined && charset.trim().toLowerCase() !== 'utf-8')
    throw new Fault({
      kind: 'unsupported_media',
      detail: `the body must be JSON in UTF-8, not ${charset}`,
      accepted: ['application/json'],
    })
  return readBytes(context, limit, what)
}

/**
 * Reads and checks the query. Fields are named as they stand there, without a slash.
 * @throws {Fault} `invalid`, also for a parameter that nobody reads or that is there twice: neither may be a silent default.
 */
export function readQuery<Schema extends z.ZodObject>(context: AppContext, schema: Schema): z.infer<Schema> {
  const { searchParams } = new URL(context.req.url)
  const known = Object.keys(schema.shape)
  for (const name of new Set(searchParams.keys())) {
    if (!known.includes(name))
      throw invalidField(
        name,
        `is not a known query parameter; ${known.length > 0 ? `known are ${known.join(', ')}` : 'this route takes none'}`,
      )
    if (searchParams.getAll(name).length > 1) throw invalidField(name, 'was given more than once')
  }
  return check(schema, Object.fromEntries(searchParams), fieldName)
}

/**
 * Checks a value, naming every offending field.
 * @param place - the name of a path within the value; a JSON pointer unless given.
 * @throws {Fault} `invalid`
 */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  place: (path: readonly PropertyKey[]) => string = pointerOf,
): z.infer<Schema> {
  const parsed = schema.safeParse(value, { error: sentenceOf })
  if (parsed.success) return parsed.data
  const errors = fieldErrorsOf(parsed.error.issues, place).slice(0, 20)
  const [first] = errors
  throw new Fault({ kind: 'invalid', detail: `${first!.pointer || 'body'}: ${first!.detail}`, errors })
}

/** The name of a form field or query parameter. */
export const fieldName = (path: readonly PropertyKey[]) => String(path[0] ?? '')

/** A file of a form, wherever its bytes are. */
export interface FormFile {
  readonly name: string
  readonly size: number
  arrayBuffer(): Promise<ArrayBuffer>
}

/** A form, as far as it is asked here. */
export interface Form<Entry extends FormFile = FormFile> {
  keys(): Iterable<string>
  getAll(name: string): (Entry | string)[]
}

/** The form of a multipart body of at most `limit` bytes. */
export async function readForm(context: AppContext, limit: number): Promise<FormData> {
  const declared = checkFormHeaders(context, limit)
  // Without a declared length the body is counted while it is read.
  return parseForm(declared === undefined ? formOf(context, await readBytes(context, limit)) : context.req.raw)
}

/**
 * The same, for a form whose file `field` is large: its bytes are a view of the one body, whose buffer the caller releases. The form has an
 * empty file in its place. Null where the platform's parser read the whole, because the part is missing, repeated or oddly framed.
 */
export async function readFormWithFile(
  context: AppContext,
  limit: number,
  field: string,
): Promise<{ form: FormData; content: Uint8Array | null }> {
  checkFormHeaders(context, limit)
  const body = await readBytes(context, limit)
  const parts = cutFile(body, context.req.header('content-type')!, field)
  return { form: await parseForm(formOf(context, parts?.rest ?? body)), content: parts?.content ?? null }
}

/** Returns the declared length. @throws {Fault} before anything is read. */
export function checkFormHeaders(context: AppContext, limit: number): number | undefined {
  const type = mediaType(context)
  if (type !== 'multipart/form-data')
    throw new Fault({
      kind: 'unsupported_media',
      detail: `the body must be multipart/form-data, not ${type || 'without a content type'}`,
      accepted: ['multipart/form-data'],
    })
  const declared = declaredLength(context)
  if (declared !== undefined && declared > limit)
    throw new Fault({ kind: 'too_large', what: 'request body', limit, actual: declared, unit: 'bytes' })
  return declared
}

function formOf(context: AppContext, body: Uint8Array<ArrayBuffer>): Response {
  return new Response(body, { headers: { 'content-type': context.req.header('content-type')! } })
}

async function parseForm(request: Request | Response): Promise<FormData> {
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
export function formText(form: Form, field: string): string {
  const value = optionalFormText(form, field)
  if (value === undefined) throw invalidField(field, 'is missing')
  return value
}

export function optionalFormText(form: Form, field: string): string | undefined {
  const values = form.getAll(field)
  if (values.length > 1) throw invalidField(field, 'was given more than once')
  const [value] = values
  if (value === undefined) return undefined
  if (typeof value !== 'string') throw invalidField(field, 'must be text, not a file')
  const wrong = unsafeText(value)
  if (wrong !== undefined) throw invalidField(field, wrong)
  return value
}

/** A file field of a form. */
export function optionalFormFile<Entry extends FormFile>(form: Form<Entry>, field: string): Entry | undefined {
  const values = form.getAll(field)
  if (values.length > 1) throw invalidField(field, 'was given more than once')
  const [value] = values
  return value === undefined ? undefined : namedFile(value, field)
}

/** @throws {Fault} when an entry of a form is no file, or its name could not be kept or shown as it is. */
export function namedFile<Entry extends FormFile>(entry: Entry | string, field: string): Entry {
  if (typeof entry === 'string') throw invalidField(field, 'must be a file')
  const wrong = entry.name.length > 255 ? 'must have a file name of at most 255 characters' : unsafeText(entry.name)
  if (wrong !== undefined) throw invalidField(field, wrong)
  return entry
}

/**
 * The text of a file.
 * @throws {Fault} when it is not UTF-8: replacement characters would be silent changes.
 */
export async function utf8Text(file: FormFile, field: string): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch (cause) {
    throw new Fault(
      {
        kind: 'unprocessable',
        detail: `${field}: the file ${JSON.stringify(file.name)} is not UTF-8 text`,
        errors: [{ pointer: field, detail: 'must be a file of UTF-8 text' }],
      },
      { cause },
    )
  } finally {
    release(bytes)
  }
}

/** @throws {Fault} naming fields that nobody reads: a misspelt one must not be a silent default. */
export function refuseUnknownFields(form: Form, known: readonly string[]): void {
  for (const field of new Set(form.keys()))
    if (!known.includes(field)) throw invalidField(field, `is not a known field; known are ${known.join(', ')}`)
}

export function mediaType(context: AppContext): string {
  return (context.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
}
