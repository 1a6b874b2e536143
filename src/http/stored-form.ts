/**
 * A multipart form that was stored as it came: its fields are found by reading it through once, a piece at a time, and its files are
 * read where they lie. RFC 7578 as clients write it: no preamble, no nested parts, no transfer encodings.
 * @module
 */
import { Fault, invalidField } from '../contracts/failure.ts'
import type { HeldBody, Located, StoredFile } from '../contracts/import-ports.ts'
import { release } from '../contracts/release.ts'
import type { AppContext } from './app-context.ts'
import { admitBody, checkFormHeaders, type Form, type FormFile, readForm } from './request-body.ts'

/** Bodies up to here are parsed in memory, by the platform. */
export const WHOLE_LIMIT = 2 * 2 ** 20

const PIECE_BYTES = 2 ** 16
/** Fetched at once: fields may be many and small. */
const WINDOW_BYTES = 4 * 2 ** 20
/** Of one field's headers. */
const HEADERS_LIMIT = 8192
const FIELDS_LIMIT = 10_000
/** Of one field that is no file. */
const TEXT_LIMIT = 2 ** 16

const CARRIAGE_RETURN = 0x0d

/** A file of a stored form. */
export interface StoredFormFile extends FormFile {
  readonly located: Located
}

/**
 * Gives `use` the form of a multipart body of at most `limit` bytes: a small one, or one of unknown length, out of memory, a large one
 * out of storage. `held` is the stored body.
 * @param weight - bytes that the work on a stored form may hold at once, beside what is read ahead.
 */
export async function withForm<T>(
  context: AppContext,
  tenant: string,
  limit: number,
  weight: number,
  use: (form: Form<FormFile | StoredFormFile>, held: HeldBody | null) => Promise<T>,
): Promise<T> {
  const length = checkFormHeaders(context, limit)
  const { body } = context.req.raw
  if (length === undefined || length <= WHOLE_LIMIT || body === null)
    return admitBody(context, limit, async () => use(await readForm(context, limit), null))
  const boundary = boundaryOf(context.req.header('content-type')!)
  const { services } = context.env
  return services.uploadSessions.hold(tenant, body, length, (held) =>
    services.admit(Math.min(WINDOW_BYTES + weight, length), async () => {
      const file = readAhead(held)
      const form = await storedForm(file, await findFields(file, boundary))
      return use(form, held)
    }),
  )
}

/** @throws {Fault} `invalid` */
export function boundaryOf(contentType: string): string {
  const found = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType)
  if (found === null) throw malformed('the content type has no boundary')
  return found[1] ?? found[2]!
}

interface StoredField extends Located {
  readonly name: string
  /** Of a file. */
  readonly filename: string | null
}

async function storedForm(file: StoredFile, fields: readonly StoredField[]): Promise<Form<StoredFormFile>> {
  const entries: [name: string, entry: StoredFormFile | string][] = []
  for (const { name, filename, offset, bytes } of fields) {
    if (filename === null) {
      if (bytes > TEXT_LIMIT) throw invalidField(name, `must have at most ${TEXT_LIMIT} bytes`)
      entries.push([name, new TextDecoder().decode(await file.read(offset, bytes))])
    } else
      entries.push([
        name,
        {
          name: filename,
          size: bytes,
          located: { offset, bytes },
          arrayBuffer: async () => (await file.read(offset, bytes)).buffer as ArrayBuffer,
        },
      ])
  }
  return {
    keys: () => entries.map(([name]) => name),
    getAll: (wanted) => entries.flatMap(([name, entry]) => (name === wanted ? [entry] : [])),
  }
}

/** @throws {Fault} `invalid` when the bytes are no such form. */
export async function findFields(stored: StoredFile, boundary: string): Promise<StoredField[]> {
  const delimiter = new TextEncoder().encode(`\r\n--${boundary}`)
  const fields: StoredField[] = []
  // The first delimiter has no line before it.
  let after = delimiter.length - 2
  const opening = await stored.read(0, after)
  if (opening.length < after || opening.some((byte, index) => byte !== delimiter[index + 2]))
    throw malformed('it does not begin with the boundary')
  for (;;) {
    const head = await stored.read(after, HEADERS_LIMIT)
    // A unit a byte, whichever it may be: only their places count.
    const units = new TextDecoder('latin1').decode(head)
    if (units.startsWith('--')) return fields
    if (!units.startsWith('\r\n')) throw malformed('a boundary is followed by something else')
    const headersEnd = units.indexOf('\r\n\r\n')
    if (headersEnd < 0) throw malformed('the headers of a field do not end')
    const headers = new TextDecoder().decode(head.subarray(0, headersEnd))
    const offset = after + headersEnd + 4
    const end = await findDelimiter(stored, delimiter, offset)
    if (end === null) throw malformed('it does not end with the boundary')
    if (fields.length === FIELDS_LIMIT) throw malformed(`it has more than ${FIELDS_LIMIT} fields`)
    fields.push({ ...dispositionOf(headers), offset, bytes: end - offset })
    after = end + delimiter.length
  }
}

/** Where it begins, at or after `from`. */
async function findDelimiter(stored: StoredFile, delimiter: Uint8Array, from: number): Promise<number | null> {
  for (let base = from; base + delimiter.length <= stored.bytes;) {
    const piece = await stored.read(base, PIECE_BYTES)
    const last = piece.length - delimiter.length
    for (let at = piece.indexOf(CARRIAGE_RETURN); at >= 0 && at <= last; at = piece.indexOf(CARRIAGE_RETURN, at + 1)) {
      let matched = 1
      while (matched < delimiter.length && piece[at + matched] === delimiter[matched]) matched++
      if (matched === delimiter.length) return base + at
    }
    base += last + 1
    release(piece)
  }
  return null
}

function dispositionOf(headers: string): Pick<StoredField, 'name' | 'filename'> {
  const disposition = /^content-disposition:\s*form-data\s*(;.*)$/im.exec(headers)?.[1]
  if (disposition === undefined) throw malformed('a field has no content-disposition')
  const parameter = (name: string) => {
    const written = new RegExp(`;\\s*${name}="([^"]*)"`, 'i').exec(disposition)?.[1]
    // What a quoted name cannot hold is escaped so by every client (HTML, "multipart/form-data encoding algorithm").
    return written?.replace(/%(0A|0D|22)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) ?? null
  }
  const name = parameter('name')
  if (name === null) throw malformed('a field has no name')
  return { name, filename: parameter('filename') }
}

/** Reads ahead, so that many small readings in ascending order are few fetches. What it gives is the caller's own. */
export function readAhead(file: StoredFile): StoredFile {
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

export function malformed(detail: string): Fault {
  return new Fault({
    kind: 'invalid',
    detail: `the multipart body is malformed: ${detail}`,
    errors: [{ pointer: '', detail: 'must be multipart/form-data' }],
  })
}
