/**
 * `multipart/form-data`: one reading of it for every size. A form is scanned once as its bytes come, in pieces of any length, and its
 * fields are where they lie; nothing of their content is kept here.
 *
 * Rules: RFC 7578 and RFC 2046 section 5.1 for the framing, WHATWG (HTML, "multipart/form-data encoding algorithm") for names:
 * `%22`, `%0D` and `%0A` stand for what a quoted name cannot hold, and a backslash is a backslash, but for `\"` inside a name, which older
 * clients write. A preamble is skipped. A form whose first line ends in LF alone has LF everywhere. docs/decisions/2026-11-29-one-form-parser.md.
 * @module
 */
import { Fault } from '../../contracts/failure.ts'

export interface FormField {
  readonly name: string
  /** Null where there is none: then it is a text, or a file that its content type tells. */
  readonly filename: string | null
  /** Media type in lower case, without parameters; null where there is none. */
  readonly type: string | null
  /** As its content type says; null where it says nothing. */
  readonly charset: string | null
  /** Of the content, in bytes of the body. */
  readonly offset: number
  readonly bytes: number
}

export interface FormScanner {
  /** @throws {Fault} `invalid` as soon as the bytes can be no form */
  push(bytes: Uint8Array): void
  /** The fields in order. @throws {Fault} `invalid` for a form that has not ended */
  end(): readonly FormField[]
}

/** Of one field's headers, of all headers of a form, and of what may come before the first boundary, in bytes. */
const HEADERS_LIMIT = 8192
const ALL_HEADERS_LIMIT = 2 ** 20
const PREAMBLE_LIMIT = 4096
const PADDING_LIMIT = 256
const FIELDS_LIMIT = 10_000
/** RFC 2046 allows 70; nothing is won by holding a client to it. */
const BOUNDARY_LIMIT = 200

const [LF, CR, SPACE, TAB, DASH] = [0x0a, 0x0d, 0x20, 0x09, 0x2d]

/** The boundary of a content type. @throws {Fault} `invalid` */
export function boundaryOf(contentType: string): string {
  const boundary = parametersOf(contentType.slice(contentType.indexOf(';') + 1 || contentType.length)).get('boundary')
  if (boundary === undefined || boundary === '') throw malformed('the content type has no boundary')
  if (boundary.length > BOUNDARY_LIMIT || !/^[\x20-\x7e]*[\x21-\x7e]$/.test(boundary))
    throw malformed(`the boundary must be at most ${BOUNDARY_LIMIT} visible ASCII characters`)
  return boundary
}

/** Parameters as RFC 9110 writes them, the first of each name. */
function parametersOf(text: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [, name, quoted, token] of text.matchAll(/(?:^|;)\s*([^\s=;"]+)=(?:"((?:[^"\\]|\\.)*)"|([^;"]*))/g)) {
    const key = name!.toLowerCase()
    if (!found.has(key)) found.set(key, quoted === undefined ? token!.trim() : quoted.replaceAll(/\\(.)/g, '$1'))
  }
  return found
}

/** Where the scan stands. */
type State = 'preamble' | 'behind boundary' | 'headers' | 'content' | 'epilogue'

export function createFormScanner(boundary: string): FormScanner {
  const line = new TextEncoder().encode(`--${boundary}`)
  let state: State = 'preamble'
  const fields: FormField[] = []
  /** Bytes of the body before this piece. */
  let base = 0
  /** How much of the delimiter (of `line`, in the preamble) the last bytes are; -1 within a line of the preamble. */
  let matched = 0
  /** Begins with the line end that this form has, known from its first line. */
  let delimiter = line
  let lineEnd = 2
  /** What follows a boundary, until it is understood. */
  let behind: number[] = []
  const headers = new Uint8Array(HEADERS_LIMIT)
  let headersLength = 0
  let allHeaders = 0
  let field: Omit<FormField, 'bytes'> | undefined

  function preamble(bytes: Uint8Array, at: number): number {
    for (; at < bytes.length; at++) {
      if (base + at - matched > PREAMBLE_LIMIT) throw malformed('it does not begin with the boundary')
      const byte = bytes[at]!
      if (matched >= 0 && byte === line[matched]) {
        if (++matched === line.length) return startBehind(at + 1)
      } else matched = byte === LF ? 0 : -1
    }
    return at
  }

  function startBehind(at: number): number {
    state = 'behind boundary'
    behind = []
    return at
  }

  function behindBoundary(bytes: Uint8Array, at: number): number {
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!
      const [first] = behind
      if (first === DASH) {
        if (byte !== DASH) throw followed()
        state = 'epilogue'
        return bytes.length
      }
      const last = behind.at(-1)
      if (byte === LF) {
        if (delimiter === line) {
          lineEnd = last === CR ? 2 : 1
          delimiter = new TextEncoder().encode(`${last === CR ? '\r\n' : '\n'}--${boundary}`)
        } else if ((last === CR) !== (lineEnd === 2)) throw followed()
        if (fields.length === FIELDS_LIMIT) throw malformed(`it has more than ${FIELDS_LIMIT} fields`)
        state = 'headers'
        headersLength = 0
        return at + 1
      }
      const padding = (byte === SPACE || byte === TAB || byte === CR) && last !== CR
      if (!(padding || (byte === DASH && last === undefined)) || behind.length === PADDING_LIMIT) throw followed()
      behind.push(byte)
    }
    return at
  }

  function readHeaders(bytes: Uint8Array, at: number): number {
    for (; at < bytes.length; at++) {
      if (headersLength === HEADERS_LIMIT || allHeaders === ALL_HEADERS_LIMIT)
        throw malformed('the headers of a field are too long, or do not end')
      headers[headersLength++] = bytes[at]!
      allHeaders++
      if (bytes[at] !== LF) continue
      if (lineEnd === 2 && headers[headersLength - 2] !== CR) throw malformed('a header ends in LF, and the first line in CR LF')
      const before = headersLength - lineEnd
      if (before > 0 && headers[before - 1] !== LF) continue
      field = { ...headersOf(headers.subarray(0, before)), offset: base + at + 1 }
      state = 'content'
      matched = 0
      return at + 1
    }
    return at
  }

  function content(bytes: Uint8Array, at: number): number {
    const first = delimiter[0]!
    while (at < bytes.length) {
      if (matched === 0) {
        at = bytes.indexOf(first, at)
        if (at < 0) return bytes.length
        matched = 1
        at++
        continue
      }
      const byte = bytes[at++]!
      // The delimiter's first byte is nowhere else in it: what follows a mismatch begins anew or not at all.
      matched = byte === delimiter[matched] ? matched + 1 : byte === first ? 1 : 0
      if (matched < delimiter.length) continue
      fields.push({ ...field!, bytes: base + at - delimiter.length - field!.offset })
      return startBehind(at)
    }
    return at
  }

  const steps: Record<State, (bytes: Uint8Array, at: number) => number> = {
    preamble,
    'behind boundary': behindBoundary,
    headers: readHeaders,
    content,
    epilogue: (bytes) => bytes.length,
  }

  return {
    push(bytes) {
      for (let at = 0; at < bytes.length;) at = steps[state](bytes, at)
      base += bytes.length
    },
    end() {
      switch (state) {
        case 'epilogue':
          return fields
        case 'preamble':
          throw malformed('it does not begin with the boundary')
        case 'headers':
          throw malformed('the headers of a field do not end')
        default:
          throw malformed('it does not end with the boundary')
      }
    },
  }
}

const followed = () => malformed('a boundary is followed by something else')

/** @throws {Fault} `invalid` */
function headersOf(bytes: Uint8Array): Pick<FormField, 'name' | 'filename' | 'type' | 'charset'> {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw malformed('the headers of a field are not UTF-8', cause)
  }
  let disposition: string | undefined
  let type: string | undefined
  // A line that begins with a blank goes on with the one before (RFC 5322, section 2.2.3).
  for (const line of text.replaceAll(/\r?\n(?=[ \t])/g, '').split(/\r?\n/)) {
    const [, name, raw = ''] = /^([^\s:]+):(.*)$/s.exec(line) ?? []
    if (name === undefined) continue
    const value = raw.trim()
    switch (name.toLowerCase()) {
      case 'content-disposition':
        if (disposition !== undefined) throw malformed('a field has two content-dispositions')
        disposition = value
        break
      case 'content-type':
        type ??= value
        break
      case 'content-transfer-encoding':
        if (!/^(?:7bit|8bit|binary)$/i.test(value))
          throw malformed(`a field has the transfer encoding ${JSON.stringify(value.slice(0, 40))}; send its bytes as they are`)
        break
      default: // Others say nothing about a form (RFC 7578, section 4.8).
    }
  }
  const rest = /^form-data[ \t]*(?:;|$)(.*)$/is.exec(disposition ?? '')?.[1]
  if (rest === undefined) throw malformed('a field has no content-disposition')
  const parameters = dispositionParameters(rest)
  const name = parameters.get('name')
  if (name === undefined) throw malformed('a field has no name')
  const [, media, more = ''] = /^([^;]*)(?:;(.*))?$/s.exec(type ?? '')!
  return {
    name,
    filename: parameters.get('filename') ?? extendedValue(parameters.get('filename*')),
    type: media!.trim().toLowerCase() || null,
    charset: parametersOf(more).get('charset')?.toLowerCase() ?? null,
  }
}

/** `; name="…"; filename="…"`, without the first semicolon. @throws {Fault} `invalid` */
function dispositionParameters(text: string): Map<string, string> {
  const found = new Map<string, string>()
  let at = 0
  for (;;) {
    const head = /[ \t;]*([^\s=;"]+)[ \t]*=[ \t]*/y
    head.lastIndex = at
    const [whole, written] = head.exec(text) ?? []
    if (whole === undefined) {
      if (!/^[ \t;]*$/.test(text.slice(at))) throw malformed('a content-disposition cannot be read')
      return found
    }
    at += whole.length
    let value: string
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1)
      if (end < 0) throw malformed('a name in a content-disposition has no closing quote')
      value = text
        .slice(at + 1, end)
        .replaceAll('\\"', '"')
        .replaceAll(/%(0A|0D|22)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      at = end + 1
    } else {
      const token = /[^\s;"]*/y
      token.lastIndex = at
      value = token.exec(text)![0]
      at += value.length
    }
    const name = written!.toLowerCase()
    if (found.has(name)) throw malformed(`a content-disposition has ${JSON.stringify(name)} twice`)
    found.set(name, value)
  }
}

/** The quote that ends a value. One behind a backslash does so only where the value could not go on. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    if (text[at - 1] !== '\\' || at === from) return at
    const rest = text.slice(at + 1, at + 64)
    if (/^[ \t]*(?:$|;[ \t]*(?:$|[a-z*]+[ \t]*=))/i.test(rest)) return at
  }
  return -1
}

/** RFC 8187, as clients before RFC 7578 wrote names. */
function extendedValue(value: string | undefined): string | null {
  const encoded = /^utf-8'[^']*'(.*)$/i.exec(value ?? '')?.[1]
  if (encoded === undefined) return value === undefined ? null : value
  try {
    return decodeURIComponent(encoded)
  } catch (cause) {
    throw malformed('a file name in a content-disposition is not UTF-8', cause)
  }
}

function malformed(detail: string, cause?: unknown): Fault {
  return new Fault(
    {
      kind: 'invalid',
      detail: `the multipart body is malformed: ${detail}`,
      errors: [{ pointer: '', detail: 'must be multipart/form-data' }],
    },
    cause === undefined ? {} : { cause },
  )
}
