/**
 * The fields of a form as entries: a text that is read, or a file that can be.
 * @module
 */
import { Fault, invalidField } from '../../contracts/failure.ts'
import type { Located, StoredFile } from '../../contracts/import-ports.ts'
import { release } from '../../contracts/release.ts'
import type { FormField } from './multipart.ts'

/** Bytes fetched at once of a stored form: fields may be many and small. */
export const WINDOW_BYTES = 4 * 2 ** 20

export interface FormEntry {
  readonly field: string
  /** Its text; null for a field that has a file name or a type other than a text's. */
  readonly text: string | null
  /** Whether it may be a file: it has a file name or a content type. */
  readonly isFile: boolean
  /** The file's name; empty without one. */
  readonly name: string
  readonly size: number
  /** The place of its bytes in the body. */
  readonly located: Located
  /** A copy of its bytes. */
  bytes(): Promise<Uint8Array<ArrayBuffer>>
  /** A view of its bytes, for a form in memory; releasing it releases the form. */
  readonly view: Uint8Array<ArrayBuffer> | null
}

export type FormFile = Pick<FormEntry, 'name' | 'size' | 'located' | 'bytes' | 'view'>

export type Form = readonly FormEntry[]

export const MUST_BE_A_FILE = 'must be a file: its part needs a file name or a content type, as curl sends for -F field=@path'

export const isFile = ({ filename, type }: FormField): boolean => filename !== null || type !== null

/** Media types that clients use for texts. */
const TEXT_TYPES = /^(?:text\/|application\/(?:[\w.-]+\+)?json$|application\/x-www-form-urlencoded$)/

const isText = ({ filename, type }: FormField): boolean => filename === null && (type === null || TEXT_TYPES.test(type))

/**
 * @param textLimit - bytes of a field that is not a file
 * @param view - of a form in memory: the bytes at a place
 * @param stored - the form, where it is not in memory
 * @throws {Fault} `invalid` for a text that is too long or not UTF-8
 */
export async function entriesOf(
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
    // A text that is too long may still be read as a file.
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

/** @throws {Fault} for bytes that are not UTF-8: replacement characters would change them silently */
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

/** Reads ahead, so that many small reads in ascending order are few fetches. Returns copies. */
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
