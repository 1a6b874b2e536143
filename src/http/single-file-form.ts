/**
 * A multipart form with one file, which is stored as it comes: tens of megabytes never lie in memory. What surrounds the file is read
 * afterwards from both ends of what was stored.
 * @module
 */
import { invalidField } from '../contracts/failure.ts'
import type { Located, PartBody, StoredFile } from '../contracts/import-ports.ts'
import type { AppContext } from './app-context.ts'
import { admitBody, checkFormHeaders, readBytes } from './request-body.ts'
import { boundaryOf, malformed } from './stored-form.ts'

/** A body whose length is not declared is held in memory. */
const UNDECLARED_LIMIT = 8 * 1024 * 1024
/** Bytes that the form may take before and after the file. */
const HEAD_LIMIT = 4096

export interface SingleFileForm {
  readonly body: PartBody
  /** @throws {Fault} naming the field, when the stored body is no such form. */
  locate(stored: StoredFile): Promise<Located>
}

/**
 * @param limit - bytes of the whole body.
 * @param use - given the form before its body has come.
 */
export async function openSingleFileForm<T>(
  context: AppContext,
  field: string,
  limit: number,
  use: (form: SingleFileForm) => Promise<T>,
): Promise<T> {
  const length = checkFormHeaders(context, limit)
  const boundary = boundaryOf(context.req.header('content-type')!)
  const stream = context.req.raw.body
  if (stream === null || length === 0) throw invalidField(field, 'is missing')
  const locate = (stored: StoredFile) => locateFile(stored, boundary, field)
  if (length !== undefined) return use({ body: stream, locate })
  return admitBody(context, UNDECLARED_LIMIT, async () => {
    const body = await readBytes(context, UNDECLARED_LIMIT, 'a request body without Content-Length')
    return use({ body, locate })
  })
}

/** Where the one file of a form lies. Bytes as Latin-1, so that offsets in the text are offsets in the form. */
export async function locateFile(stored: StoredFile, boundary: string, field: string): Promise<Located> {
  const decoder = new TextDecoder('latin1')
  const head = decoder.decode(await stored.read(0, HEAD_LIMIT))
  const opening = `--${boundary}\r\n`
  if (!head.startsWith(opening)) throw malformed('it does not begin with the boundary')
  const headersEnd = head.indexOf('\r\n\r\n')
  if (headersEnd < 0) throw malformed('the headers of its first field do not end')
  const headers = head.slice(opening.length, headersEnd)
  const offset = headersEnd + 4
  const tailStart = Math.max(offset, stored.bytes - HEAD_LIMIT)
  const tail = decoder.decode(await stored.read(tailStart, HEAD_LIMIT))
  const closing = `\r\n--${boundary}`
  const end = tail.lastIndexOf(`${closing}--`)
  if (end < 0) throw malformed('it does not end with the boundary')
  const disposition = /^content-disposition:(.*)$/im.exec(headers)?.[1] ?? ''
  const name = /;\s*name="([^"]*)"/i.exec(disposition)?.[1]
  if (name !== field) throw invalidField(name ?? '', `is not a known field; the form has one, ${field}`)
  // A file without a name has a type at least: undici leaves an empty name out.
  if (!/;\s*filename\*?=/i.test(disposition) && !/^content-type:/im.test(headers)) throw invalidField(field, 'must be a file')
  // Fields after the file that are larger than this window make the parts larger than the file that was declared.
  if (tail.indexOf(closing) < end) throw invalidField(field, 'must be the only field of the form')
  const bytes = tailStart + end - offset
  if (bytes === 0) throw invalidField(field, 'is empty')
  return { offset, bytes }
}
