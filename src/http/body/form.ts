/**
 * Reads a multipart form: a small one in memory, a large one by way of storage.
 * @module
 */
import { Fault, invalidField } from '../../contracts/failure.ts'
import type { HeldBody, Located } from '../../contracts/import-ports.ts'
import type { AppContext } from '../app-context.ts'
import { bodyOf } from './body-stream.ts'
import { type BodyBounds, checkLength, holdBody, passBody } from './hold-body.ts'
import { entriesOf, type Form, isFile, MUST_BE_A_FILE, readAhead, WINDOW_BYTES } from './form-entries.ts'
import { mediaType } from './media-type.ts'
import { boundaryOf } from './multipart-headers.ts'
import { createFormScanner, type FormField } from './multipart.ts'

/** Longer bodies go by way of storage. @internal */
export const WHOLE_LIMIT = 2 * 2 ** 20

/** A form without a declared length is held in memory, since storage must know the length of a stream. */
const UNDECLARED = { limit: 8 * 2 ** 20, what: 'a request body without Content-Length' }

/** Bytes of a text field, unless a route accepts more. */
const TEXT_LIMIT = 2 ** 16

/** The boundary. @throws {Fault} `unsupported_media`, `invalid` or `too_large`, before anything is read */
function checkFormHeaders(context: AppContext, bounds: BodyBounds): string {
  const type = mediaType(context)
  if (type !== 'multipart/form-data')
    throw new Fault({
      kind: 'unsupported_media',
      detail: `the body must be multipart/form-data, ${type ? `not ${type}` : 'and has no content type'}`,
      accepted: ['multipart/form-data'],
    })
  checkLength(bodyOf(context), bounds)
  return boundaryOf(context.req.header('content-type')!)
}

/**
 * Calls `use` with a form in memory, within its bounds.
 * @param textLimit - bytes of a text field
 * @throws {Fault} what {@link holdBody} throws; `invalid` for a malformed form
 */
export async function holdForm<T>(
  context: AppContext,
  { textLimit = TEXT_LIMIT, ...bounds }: Omit<BodyBounds, 'weight'> & { readonly textLimit?: number },
  use: (form: Form) => Promise<T>,
): Promise<T> {
  const boundary = checkFormHeaders(context, bounds)
  return holdBody(context, bounds, async (body) => use(await formInMemory(body, boundary, textLimit)))
}

/** A form whose entries are views of the body. @throws {Fault} `invalid` */
async function formInMemory(body: Uint8Array<ArrayBuffer>, boundary: string, textLimit = TEXT_LIMIT): Promise<Form> {
  const scanner = createFormScanner(boundary)
  scanner.push(body)
  return entriesOf(scanner.end(), textLimit, ({ offset, bytes }) => body.subarray(offset, offset + bytes), null)
}

/**
 * Calls `use` with a form of at most `limit` bytes. A body of more than {@link WHOLE_LIMIT} is stored first;
 * `held` is that stored body.
 * @param weight - bytes that the work on a stored form may hold at once, besides those that are read ahead
 */
export async function withForm<T>(
  context: AppContext,
  tenant: string,
  limit: number,
  weight: number,
  use: (form: Form, held: HeldBody | null) => Promise<T>,
): Promise<T> {
  const boundary = checkFormHeaders(context, { limit })
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

/** A form of one file, on its way to storage. */
export interface SingleFileForm {
  readonly body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>
  /** The place of the file, once the body has passed. @throws {Fault} `invalid` for any other form */
  locate(): Located
}

/**
 * Calls `use` with a form of one file, `field`, as a stream: tens of megabytes are never in memory.
 * @param limit - bytes of the whole body
 */
export async function passSingleFile<T>(
  context: AppContext,
  field: string,
  limit: number,
  use: (form: SingleFileForm) => Promise<T>,
): Promise<T> {
  const scanner = createFormScanner(checkFormHeaders(context, { limit }))
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
