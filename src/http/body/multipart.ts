/**
 * Scans `multipart/form-data` once, as its bytes arrive, in pieces of any length. The result is the place of
 * each field in the body; no content is kept.
 *
 * Framing follows RFC 2046 section 5.1 and RFC 7578. A preamble is skipped. A form whose first line ends in
 * LF alone has LF everywhere. docs/decisions/2026-11-29-one-form-parser.md says why there is one parser, and
 * libraries-or-our-own.md beside it why it is this one.
 * @module
 */
import type { Located } from '../../contracts/import-ports.ts'
import { type FieldHeaders, malformed, parseFieldHeaders } from './multipart-headers.ts'

/** A field of a form and the place of its content in the body, in bytes. */
export interface FormField extends FieldHeaders, Located {}

export interface FormScanner {
  /** @throws {Fault} `invalid` as soon as the bytes cannot be a form */
  push(bytes: Uint8Array): void
  /** The fields, in order. @throws {Fault} `invalid` for a form without an end */
  end(): readonly FormField[]
}

/** Bytes of one field's headers. */
const HEADERS_LIMIT = 8192
/** Bytes of all headers of a form. */
const ALL_HEADERS_LIMIT = 2 ** 20
/** Bytes before the first boundary. */
const PREAMBLE_LIMIT = 4096
/** White space after a boundary. */
const PADDING_LIMIT = 256
const FIELDS_LIMIT = 10_000

const [LF, CR, SPACE, TAB, DASH] = [0x0a, 0x0d, 0x20, 0x09, 0x2d]

/** The part of the form that comes next. */
type State = 'preamble' | 'behind boundary' | 'headers' | 'content' | 'epilogue'

export function createFormScanner(boundary: string): FormScanner {
  const line = new TextEncoder().encode(`--${boundary}`)
  let state: State = 'preamble'
  const fields: FormField[] = []
  /** Length of all earlier pieces. */
  let base = 0
  /**
   * Bytes of the delimiter (of `line`, in the preamble) that match so far; -1 within a line of the preamble.
   */
  let matched = 0
  /** The line end of this form, known after its first line, and the boundary. */
  let delimiter = line
  let lineEnd = 2
  /** Bytes after a boundary, until they are understood. */
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
      field = { ...parseFieldHeaders(headers.subarray(0, before)), offset: base + at + 1 }
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
      // The first byte of the delimiter occurs in it only once, so a mismatch restarts at this byte or not at
      // all.
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
