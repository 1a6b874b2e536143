/**
 * A multipart form, wherever its bytes are: its fields by name, checked and refused by field.
 * @module
 */
import { Fault, invalidField } from '../../contracts/failure.ts'
import type { HeldBody, Located, StoredFile } from '../../contracts/import-ports.ts'
import { release } from '../../contracts/release.ts'
import type { AppContext } from '../app-context.ts'
import { bodyOf } from './body-stream.ts'
import { checkLength, holdBody, passBody } from './hold-body.ts'
import { boundaryOf, createFormScanner, type FormField } from './multipart.ts'
import { unsafeText } from './parse-json.ts'
import { mediaType } from './media-type.ts'

/** Bodies of at most this length, and those of unknown length, are held in memory. @internal */
export const WHOLE_LIMIT = 2 * 2 ** 20

/** A form whose length is not declared is held in memory: storage wants to know the length of what it is given. */
const UNDECLARED = { limit: 8 * 2 ** 20, what: 'a request body without Content-Length' }

/** Fetched at once of a stored form: fields may be many and small. */
const WINDOW_BYTES = 4 * 2 ** 20

/** Bytes of a field that is no file, unless a route takes more. */
const TEXT_LIMIT = 2 ** 16

/** A field of a form. */
export interface FormEntry {
  readonly field: string
  /** The text of one that may be a text: without a file name, and of no other type. */
  readonly text: string | null
  /** Whether it may be a file: it has a file name, or says what its bytes are. */
  readonly isFile: boolean
  /** The file's name, empty where it has none. */
  readonly name: string
  readonly size: number
  /** Where its bytes lie in the body. */
  readonly located: Located
  /** Its bytes; the caller's own. */
  bytes(): Promise<Uint8Array<ArrayBuffer>>
  /** Its bytes where they lie, of a form in memory: releasing them releases the form. */
  readonly view: Uint8Array<ArrayBuffer> | null
}

/** Files, as far as they are asked here. */
export type FormFile = Pick<FormEntry, 'name' | 'size' | 'located' | 'bytes' | 'view'>

export type Form = readonly FormEntry[]

/** @throws {Fault} before anything is read. */
function checkFormHeaders(context: AppContext, limit: number): string {
  const type = mediaType(context)
  if (type !== 'multipart/form-data')
    throw new Fault({
      kind: 'unsupported_media',
      detail: `the body must be multipart/form-data, not ${type || 'without a content type'}`,
      accepted: ['multipart/form-data'],
    })
  checkLength(bodyOf(context), { limit })
  return boundaryOf(context.req.header('content-type')!)
}

/**
 * Gives `use` the form of a body of at most `limit` bytes, in memory.
 * @param textLimit - bytes of a field that is no file.
 */
export async function holdForm<T>(
  context: AppContext,
  { limit, textLimit = TEXT_LIMIT, what }: { limit: number; textLimit?: number; what?: string },
  use: (form: Form) => Promise<T>,
): Promise<T> {
  const boundary = checkFormHeaders(context, limit)
  return holdBody(context, what === undefined ? { limit } : { limit, what }, async (body) =>
    use(await formInMemory(body, boundary, textLimit)),
  )
}

/** A form whose bytes are all here. Its entries are views of them. @throws {Fault} `invalid` */
async function formInMemory(body: Uint8Array<ArrayBuffer>, boundary: string, textLimit = TEXT_LIMIT): Promise<Form> {
  const scanner = createFormScanner(boundary)
  scanner.push(body)
  return entriesOf(scanner.end(), textLimit, ({ offset, bytes }) => body.subarray(offset, offset + bytes), null)
}

/**
 * Gives `use` the form of a body of at most `limit` bytes: a small one, or one of unknown length, out of memory, a large one out of
 * storage. `held` is the stored body.
 * @param weight - bytes that the work on a stored form may hold at once, beside what is read ahead.
 */
export async function withForm<T>(
  context: AppContext,
  tenant: string,
  limit: number,
  weight: number,
  use: (form: Form, held: HeldBody | null) => Promise<T>,
): Promise<T> {
  const boundary = checkFormHeaders(context, limit)
  const { declared } = bodyOf(context)
  if (declared === undefined || declared <= WHOLE_LIMIT)
    return holdForm(context, declared === undefined ? UNDECLARED : { limit }, (form) => use(form, null))
  const { services } = context.env
  const scanner = createFormScanner(boundary)
  return passBody(
    context,
    declared,
    (stream) =>
      services.uploadSessions.hold(tenant, stream, declared, (held) =>
        services.admit(Math.min(WINDOW_BYTES + weight, declared), async () => {
          const file = readAhead(held)
          const form = await entriesOf(scanner.end(), TEXT_LIMIT, null, file)
          return use(form, held)
        }),
      ),
    (bytes) => scanner.push(bytes),
  )
}

/** A body on its way to storage, which is a form of one file. */
export interface SingleFileForm {
  readonly body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>
  /** Where the file lies, once the body has passed. @throws {Fault} naming the field, when it is no such form */
  locate(): Located
}

/**
 * Gives `use` a form with the one file `field`, as it comes: tens of megabytes never lie in memory.
 * @param limit - bytes of the whole body.
 */
export async function passSingleFile<T>(
  context: AppContext,
  field: string,
  limit: number,
  use: (form: SingleFileForm) => Promise<T>,
): Promise<T> {
  const scanner = createFormScanner(checkFormHeaders(context, limit))
  const locate = () => onlyFile(scanner.end(), field)
  const { declared } = bodyOf(context)
  if (declared === 0) throw invalidField(field, 'is missing')
  if (declared !== undefined)
    return passBody(
      context,
      declared,
      (body) => use({ body, locate }),
      (bytes) => scanner.push(bytes),
    )
  return holdBody(context, UNDECLARED, async (body) => {
    scanner.push(body)
    locate()
    return use({ body, locate })
  })
}

function onlyFile(fields: readonly FormField[], field: string): Located {
  const [file] = fields
  if (file === undefined) throw invalidField(field, 'is missing')
  if (file.name !== field) throw invalidField(file.name, `is not a known field; the form has one, ${field}`)
  if (fields.length > 1) throw invalidField(field, 'must be the only field of the form')
  if (!isFile(file)) throw invalidField(field, MUST_BE_A_FILE)
  if (file.bytes === 0) throw invalidField(field, 'is empty')
  return { offset: file.offset, bytes: file.bytes }
}

const MUST_BE_A_FILE = 'must be a file: its part needs a file name or a content type'

const isFile = ({ filename, type }: FormField): boolean => filename !== null || type !== null

/** Types in which clients send texts. */
const TEXT_TYPES = /^(?:text\/|application\/(?:[\w.-]+\+)?json$|application\/x-www-form-urlencoded$)/

const isText = ({ filename, type }: FormField): boolean => filename === null && (type === null || TEXT_TYPES.test(type))

async function entriesOf(
  fields: readonly FormField[],
  textLimit: number,
  view: ((located: Located) => Uint8Array<ArrayBuffer>) | null,
  stored: StoredFile | null,
): Promise<Form> {
  const entries: FormEntry[] = []
  for (const field of fields) {
    const located = { offset: field.offset, bytes: field.bytes }
    const here = view?.(located) ?? null
    const read = async (): Promise<Uint8Array<ArrayBuffer>> =>
      here?.slice() ?? ((await stored!.read(located.offset, located.bytes)) as Uint8Array<ArrayBuffer>)
    // A text that is too long for one may still be asked for as a file.
    const tooLong = field.bytes > textLimit
    if (isText(field) && tooLong && !isFile(field)) throw invalidField(field.name, `must have at most ${textLimit} bytes`)
    entries.push({
      field: field.name,
      text: isText(field) && !tooLong ? textOf(field, here ?? (await read())) : null,
      isFile: isFile(field),
      name: field.filename ?? '',
      size: field.bytes,
      located,
      bytes: read,
      view: here,
    })
  }
  return entries
}

/** @throws {Fault} when it is not UTF-8: replacement characters would be silent changes. */
function textOf({ name, charset }: FormField, bytes: Uint8Array): string {
  if (charset !== null && !/^(?:utf-?8|us-ascii)$/.test(charset)) throw invalidField(name, `must be UTF-8, not ${charset}`)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new Fault(invalidField(name, 'is not UTF-8 text; a part that is a file needs a file name or a content type').failure, {
      cause,
    })
  }
}

/** Reads ahead, so that many small readings in ascending order are few fetches. What it gives is the caller's own. */
function readAhead(file: StoredFile): StoredFile {
  let start = 0
  let window: Uint8Array = new Uint8Array()
  return {
    bytes: file.bytes,
    async read(offset, length) {
      const end = Math.max(offset, Math.min(file.bytes, offset + length))
      if (offset < start || end > start + window.length) {
        release(window)
        window = new Uint8Array()
        window = await file.read(offset, Math.max(length, WINDOW_BYTES))
        start = offset
      }
      return window.slice(offset - start, end - start)
    },
  }
}

const named = (form: Form, field: string): FormEntry[] => form.filter((entry) => entry.field === field)

/** All texts of a field, in order. @throws {Fault} when one is a file */
export function formTexts(form: Form, field: string): string[] {
  return named(form, field).map(({ text }) => {
    if (text === null) throw invalidField(field, 'must be text, not a file')
    const wrong = unsafeText(text)
    if (wrong !== undefined) throw invalidField(field, wrong)
    return text
  })
}

/** A text field of a form. @throws {Fault} when it is missing, repeated or a file. */
export function formText(form: Form, field: string): string {
  const value = optionalFormText(form, field)
  if (value === undefined) throw invalidField(field, 'is missing')
  return value
}

export function optionalFormText(form: Form, field: string): string | undefined {
  const values = formTexts(form, field)
  if (values.length > 1) throw invalidField(field, 'was given more than once')
  return values[0]
}

/** All files of a field, in order. @throws {Fault} when an entry is no file, or its name could not be kept or shown as it is. */
export function formFiles(form: Form, field: string): FormFile[] {
  return named(form, field).map((entry) => {
    if (!entry.isFile) throw invalidField(field, MUST_BE_A_FILE)
    const wrong = entry.name.length > 255 ? 'must have a file name of at most 255 characters' : unsafeText(entry.name)
    if (wrong !== undefined) throw invalidField(field, wrong)
    return entry
  })
}

/** A file field of a form. */
export function optionalFormFile(form: Form, field: string): FormFile | undefined {
  const files = formFiles(form, field)
  if (files.length > 1) throw invalidField(field, 'was given more than once')
  return files[0]
}

/**
 * The text of a file.
 * @throws {Fault} when it is not UTF-8: replacement characters would be silent changes.
 */
export async function utf8Text(file: FormFile, field: string): Promise<string> {
  const bytes = file.view ?? (await file.bytes())
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
    if (file.view === null) release(bytes)
  }
}

/** @throws {Fault} naming fields that are not read: a misspelt one must not be a silent default. */
export function refuseUnknownFields(form: Form, known: readonly string[]): void {
  for (const { field } of form)
    if (!known.includes(field)) throw invalidField(field, `is not a known field; known are ${known.join(', ')}`)
}
