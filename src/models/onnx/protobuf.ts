/**
 * Wire format of protocol buffers (protobuf.dev, "Encoding"), as far as ONNX needs it. Fields are walked and
 * copied, never decoded into objects, so a file of hundreds of megabytes only needs views.
 * @module
 */

export interface Field {
  readonly number: number
  /** 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
  readonly wire: number
  /** The varint, if `wire` is 0. Exact below 2^53. */
  readonly value: number
  /** The content, if `wire` is 2. */
  readonly bytes: Uint8Array
  /** The whole field with its tag, as in the file. */
  readonly whole: Uint8Array
}

/** @internal */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError'
}

/** The fields of one message in order. @throws {ProtobufError} for invalid bytes */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 64; shift += 7) {
      const byte = message[at++]
      if (byte === undefined) throw new ProtobufError('the file ends inside a number')
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new ProtobufError('a number has no end')
  }
  while (at < message.length) {
    const start = at
    const tag = varint()
    const [number, wire] = [Math.floor(tag / 8), tag & 7]
    let value = 0
    let inside = at
    if (wire === 0) value = varint()
    else if (wire === 2) {
      const length = varint()
      inside = at
      at += length
    } else if (wire === 1 || wire === 5) at += wire === 1 ? 8 : 4
    else throw new ProtobufError(`a field of kind ${wire}, which nothing writes any more`)
    if (number === 0) throw new ProtobufError('a field without a number')
    if (at > message.length) throw new ProtobufError('the file ends inside a field')
    yield { number, wire, value, bytes: message.subarray(inside, at), whole: message.subarray(start, at) }
  }
}

const utf8 = new TextDecoder()
const encoder = new TextEncoder()

export const textOf = (field: Field): string => utf8.decode(field.bytes)

/** The varints of a repeated field, packed or not. */
export function* numbersOf(field: Field): Generator<number> {
  if (field.wire === 0) {
    yield field.value
    return
  }
  let value = 0
  let shift = 0
  for (const byte of field.bytes) {
    value += (byte & 0x7f) * 2 ** shift
    shift += 7
    if (byte >= 0x80) continue
    yield value
    value = 0
    shift = 0
  }
}

function varintBytes(value: number): number[] {
  const bytes: number[] = []
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80)
  bytes.push(value)
  return bytes
}

export function varintField(number: number, value: number): Uint8Array {
  return Uint8Array.from([...varintBytes(number * 8), ...varintBytes(value)])
}

/** @param parts pieces of the content */
export function bytesField(number: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return concat(Uint8Array.from([...varintBytes(number * 8 + 2), ...varintBytes(length)]), ...parts)
}

export const textField = (number: number, text: string): Uint8Array => bytesField(number, encoder.encode(text))

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
