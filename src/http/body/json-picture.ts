/**
 * A JSON body with one large `data:` URI, without strings of its size. Parsed as it is, a body becomes a text, the text a value, and both
 * wait for V8 to collect them: 3 MB for a picture of 1.2. Here the URI is cut out of the bytes and decoded where it lies.
 * @module
 */

export interface JsonParts {
  /** The same body with a short `data:` URI, {@link STAND_IN}, in place of the picture's. */
  readonly rest: Uint8Array<ArrayBuffer>
  /** Decodes the base64 over itself: the picture is a view of the body, which must not be read as JSON any more. */
  picture(): Uint8Array
}

/** What `image` is in {@link JsonParts.rest}. A body in which it is not, for a second `image` or one further in, must be parsed whole. */
export const STAND_IN = 'data:image/png;base64,Y3V0IG91dCBvZiB0aGUgYm9keQ=='

const encoder = new TextEncoder()
/** Longest beginning of a `data:` URI: its type and parameters. */
const HEAD_LIMIT = 256
const KEY = encoder.encode('"image"')
const [QUOTE, COLON, BACKSLASH, EQUALS, COMMA] = [0x22, 0x3a, 0x5c, 0x3d, 0x2c]

/** Six bits by character of the alphabet of RFC 4648 section 4; 64 for any other. */
const SIX_BITS = new Uint8Array(256).fill(64)
for (const [index, byte] of encoder.encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/').entries())
  SIX_BITS[byte] = index

/**
 * Finds the value of the first member `image` when it is a `data:` URI in plain, padded base64.
 * @returns null for any other form of it (escapes, white space, no padding, none at all): then the whole shall be parsed.
 */
export function cutDataUri(body: Uint8Array): JsonParts | null {
  const key = keyBefore(body)
  if (key === null) return null
  const comma = body.subarray(key, key + HEAD_LIMIT).indexOf(COMMA)
  if (comma < 0 || body[key] !== QUOTE) return null
  const head = new TextDecoder('latin1').decode(body.subarray(key + 1, key + comma + 1))
  if (/["\\]/.test(head) || !isBase64Head(head)) return null
  const start = key + comma + 1
  let end = start
  while (SIX_BITS[body[end]!]! < 64) end++
  const symbols = end - start
  while (body[end] === EQUALS && end - start - symbols < 2) end++
  if (body[end] !== QUOTE || (end - start) % 4 !== 0 || symbols === 0) return null

  const stand = encoder.encode(JSON.stringify(STAND_IN))
  const rest = new Uint8Array(key + stand.length + body.length - end - 1)
  rest.set(body.subarray(0, key))
  rest.set(stand, key)
  rest.set(body.subarray(end + 1), key + stand.length)
  return { rest, picture: () => decodeInPlace(body, start, symbols) }
}

/**
 * Whether this is how a `data:` URI in base64 begins, up to its comma (RFC 2397). Scheme and names have no case; the type is not
 * asked, for the bytes say what a picture is.
 */
export function isBase64Head(head: string): boolean {
  return /^data:[^,]*;[ ]*base64[ ]*,$/i.test(head)
}

/** Where the value of the first `"image":` begins. A quote after a backslash is inside a string, and none of its own. */
function keyBefore(body: Uint8Array): number | null {
  for (let at = body.indexOf(QUOTE); at >= 0; at = body.indexOf(QUOTE, at + 1)) {
    if (!KEY.every((byte, index) => body[at + index] === byte) || body[at - 1] === BACKSLASH) continue
    let value = skipSpace(body, at + KEY.length)
    if (body[value] !== COLON) continue
    value = skipSpace(body, value + 1)
    return value
  }
  return null
}

function skipSpace(body: Uint8Array, at: number): number {
  while (body[at] === 0x20 || body[at] === 0x09 || body[at] === 0x0a || body[at] === 0x0d) at++
  return at
}

function decodeInPlace(body: Uint8Array, start: number, symbols: number): Uint8Array {
  let to = start
  const whole = start + symbols - (symbols % 4)
  for (let from = start; from < whole; from += 4) {
    const bits =
      (SIX_BITS[body[from]!]! << 18) |
      (SIX_BITS[body[from + 1]!]! << 12) |
      (SIX_BITS[body[from + 2]!]! << 6) |
      SIX_BITS[body[from + 3]!]!
    body[to++] = bits >> 16
    body[to++] = bits >> 8
    body[to++] = bits
  }
  const [first, second, third] = body.slice(whole, whole + 3)
  if (symbols % 4 >= 2) body[to++] = (SIX_BITS[first!]! << 2) | (SIX_BITS[second!]! >> 4)
  if (symbols % 4 === 3) body[to++] = (SIX_BITS[second!]! << 4) | (SIX_BITS[third!]! >> 2)
  return body.subarray(start, to)
}
