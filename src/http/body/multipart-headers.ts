/**
 * The headers of a form and of its fields.
 *
 * Sources: RFC 7578 (forms), RFC 9110 section 5.6.6 (parameters), RFC 8187 (`filename*`), and WHATWG HTML,
 * "multipart/form-data encoding algorithm", for names: `%22`, `%0D` and `%0A` stand for characters that a
 * quoted name cannot hold. A backslash is a backslash, except in `\"` inside a name, which older clients
 * write.
 * @module
 */
import { Fault } from '../../contracts/failure.ts'

/** A field's headers, as far as a form needs them. */
export interface FieldHeaders {
  readonly name: string
  /** null without one: the field is then a text, or a file that only its content type identifies. */
  readonly filename: string | null
  /** Media type in lower case, without parameters; null without one. */
  readonly type: string | null
  /** Declared by the content type; null without one. */
  readonly charset: string | null
}

/** RFC 2046 allows 70. */
const BOUNDARY_LIMIT = 200

/** The boundary of a content type. @throws {Fault} `invalid` */
export function boundaryOf(contentType: string): string {
  const boundary = parametersOf(contentType.slice(contentType.indexOf(';') + 1 || contentType.length)).get('boundary')
  if (boundary === undefined || boundary === '') throw malformed('the content type has no boundary')
  if (boundary.length > BOUNDARY_LIMIT || !/^[\x20-\x7e]*[\x21-\x7e]$/.test(boundary))
    throw malformed(`the boundary must be at most ${BOUNDARY_LIMIT} visible ASCII characters`)
  return boundary
}

/** Parameters of a header (RFC 9110), the first of each name. */
function parametersOf(text: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [, name, quoted, token] of text.matchAll(/(?:^|;)\s*([^\s=;"]+)=(?:"((?:[^"\\]|\\.)*)"|([^;"]*))/g)) {
    const key = name!.toLowerCase()
    if (!found.has(key)) found.set(key, quoted === undefined ? token!.trim() : quoted.replaceAll(/\\(.)/g, '$1'))
  }
  return found
}

/** Reads the header lines of one field. @throws {Fault} `invalid` */
export function parseFieldHeaders(bytes: Uint8Array): FieldHeaders {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw malformed('the headers of a field are not UTF-8', cause)
  }
  let disposition: string | undefined
  let type: string | undefined
  // A line that begins with a blank continues the line before (RFC 5322, section 2.2.3).
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
      default: // Other headers are ignored (RFC 7578, section 4.8).
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

/** Parses `name="…"; filename="…"`. @throws {Fault} `invalid` */
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

/**
 * Index of the quote that ends a value. A quote after a backslash ends it only where the value cannot go on.
 */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    if (text[at - 1] !== '\\' || at === from) return at
    const rest = text.slice(at + 1, at + 64)
    if (/^[ \t]*(?:$|;[ \t]*(?:$|[a-z*]+[ \t]*=))/i.test(rest)) return at
  }
  return -1
}

/** Decodes `filename*` (RFC 8187), which clients older than RFC 7578 send. */
function extendedValue(value: string | undefined): string | null {
  const encoded = /^utf-8'[^']*'(.*)$/i.exec(value ?? '')?.[1]
  if (encoded === undefined) return value === undefined ? null : value
  try {
    return decodeURIComponent(encoded)
  } catch (cause) {
    throw malformed('a file name in a content-disposition is not UTF-8', cause)
  }
}

export function malformed(detail: string, cause?: unknown): Fault {
  return new Fault(
    {
      kind: 'invalid',
      detail: `the multipart body is malformed: ${detail}`,
      errors: [{ pointer: '', detail: 'must be multipart/form-data' }],
    },
    cause === undefined ? {} : { cause },
  )
}
