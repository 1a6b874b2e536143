/**
 * What the readers of a JSON file in pieces have in common: the bytes that structure JSON, pieces of an element from several chunks,
 * and text whose faults are the file's.
 * @module
 */
import { unprocessableField } from '../contracts/failure.ts'

/** Bytes that one element may take. */
export const ELEMENT_LIMIT = 16 * 2 ** 20

export const QUOTE = 0x22
export const BACKSLASH = 0x5c
export const COMMA = 0x2c
export const COLON = 0x3a
export const OPEN_ARRAY = 0x5b
export const CLOSE_ARRAY = 0x5d
export const OPEN_OBJECT = 0x7b
export const CLOSE_OBJECT = 0x7d

/** The pieces one after the other. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

/**
 * @param file - what to call the file in a failure; `pointer` names the place in it.
 * @throws {Fault} `unprocessable`
 */
export function decoded(decoder: TextDecoder, bytes: Uint8Array, file: string, pointer: string): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw unprocessableField(pointer, `the ${file} file is not UTF-8`)
  }
}

/** @throws {Fault} `unprocessable` */
export function parsed(text: string, file: string, pointer: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw unprocessableField(pointer, `the ${file} file is not JSON: ${(error as Error).message}`)
  }
}
