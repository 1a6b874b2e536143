/**
 * A form with one large file, without the platform's copies of it. `formData()` leaves two of every file for V8 to collect when it likes,
 * 16 MB a picture; here the body is one buffer that can be released, and the picture a view of it.
 * @module
 */

export interface FormParts {
  /** The content of the one part of that name; a view of the body. */
  readonly content: Uint8Array
  /** The same body with that content left out: small, for the platform's own parser. */
  readonly rest: Uint8Array<ArrayBuffer>
}

const CR = 13
const encoder = new TextEncoder()

/**
 * Finds the content of the file part `field` (RFC 7578) in a multipart body.
 * @returns null unless there is exactly one such part, properly framed: then the platform's parser shall judge the whole.
 */
export function cutFile(body: Uint8Array, contentType: string, field: string): FormParts | null {
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType)
  if (boundary === null) return null
  const delimiter = encoder.encode(`\r\n--${boundary[1] ?? boundary[2]}`)
  // The first delimiter has no line break before it when there is no preamble.
  let at = startsWith(body, delimiter.subarray(2), 0) ? delimiter.length - 2 : -1
  let found: { readonly start: number; readonly end: number } | null = null
  while (at >= 0 && startsWith(body, encoder.encode('\r\n'), at)) {
    const blank = find(body, encoder.encode('\r\n\r\n'), at)
    if (blank < 0) return null
    const headers = new TextDecoder().decode(body.subarray(at, blank))
    const start = blank + 4
    const end = find(body, delimiter, blank + 2)
    if (end < 0) return null
    const name = /^content-disposition:\s*form-data;(?:.*;)?\s*name="([^"]*)"/im.exec(headers)?.[1]
    if (name === field && /;\s*filename\*?=/i.test(headers)) {
      if (found !== null || end < start) return null
      found = { start, end }
    }
    at = end + delimiter.length
  }
  if (found === null || !startsWith(body, encoder.encode('--'), at)) return null
  const rest = new Uint8Array(body.length - (found.end - found.start))
  rest.set(body.subarray(0, found.start))
  rest.set(body.subarray(found.end), found.start)
  return { content: body.subarray(found.start, found.end), rest }
}

function find(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(CR, from); at >= 0; at = bytes.indexOf(CR, at + 1)) if (startsWith(bytes, wanted, at)) return at
  return -1
}

function startsWith(bytes: Uint8Array, wanted: Uint8Array, at: number): boolean {
  return at + wanted.length <= bytes.length && wanted.every((byte, index) => bytes[at + index] === byte)
}
