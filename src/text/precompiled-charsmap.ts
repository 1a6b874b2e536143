/**
 * SentencePiece's precompiled normalization: `Precompiled` of `tokenizers`, a trie from byte strings to their
 * replacements.
 *
 * Layout: the trie's length in bytes (uint32, little-endian), the trie (a darts-clone double array of
 * uint32), then the replacements, each terminated by a zero byte. Source: sentencepiece `normalizer.cc`,
 * darts-clone's `darts.h`.
 * @module
 */
import { fromBase64 } from '../contracts/base64.ts'
import { clustersOf } from './clusters.ts'
import { utf8 } from './utf8.ts'

/** The reference looks up whole clusters only below this number of bytes. */
const LONG_CLUSTER = 6

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * @param base64 `precompiled_charsmap`
 * @returns the normalizer
 * @throws {Error} if the map is cut short
 */
export function createPrecompiled(base64: string): (text: string) => string {
  const { units, replacements } = parse(base64)
  const known = new Map<string, string | undefined>()

  /**
   * Replacement of `part`: the entry of its *shortest* prefix replaces all of it, as in the reference. So a
   * fi ligature with an acute accent becomes "fi".
   */
  function look(part: string): string | undefined {
    let position = offsetOf(units[0]!)
    for (const byte of utf8(part)) {
      if (byte === 0) return undefined
      position ^= byte
      const unit = units[position]
      if (unit === undefined || labelOf(unit) !== byte) return undefined
      position ^= offsetOf(unit)
      if (!hasLeaf(unit)) continue
      const from = valueOf(units[position]!)
      const end = replacements.indexOf(0, from)
      return decoder.decode(replacements.subarray(from, end < 0 ? replacements.length : end))
    }
    return undefined
  }

  function replacementOf(part: string): string | undefined {
    if (part.length > 1) return look(part)
    if (!known.has(part)) known.set(part, look(part))
    return known.get(part)
  }

  return (text) => {
    let result = ''
    for (const cluster of clustersOf(text)) {
      const whole = utf8Length(cluster) < LONG_CLUSTER ? replacementOf(cluster) : undefined
      if (whole !== undefined) result += whole
      else for (const character of cluster) result += replacementOf(character) ?? character
    }
    return result
  }
}

function parse(base64: string): { units: Uint32Array; replacements: Uint8Array } {
  const bytes = bytesOf(base64)
  const view = new DataView(bytes.buffer)
  const length = bytes.length < 4 ? 0 : view.getUint32(0, true)
  if (length === 0 || length % 4 !== 0 || 4 + length > bytes.length) {
    throw new Error('tokenizer: precompiled_charsmap is cut short or is none')
  }
  const units = Uint32Array.from({ length: length / 4 }, (_, index) => view.getUint32(4 + index * 4, true))
  return { units, replacements: bytes.subarray(4 + length) }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64(base64)
  if (bytes === null) throw new Error('tokenizer: precompiled_charsmap is not base64')
  return bytes
}

function hasLeaf(unit: number): boolean {
  return ((unit >>> 8) & 1) === 1
}

function valueOf(unit: number): number {
  return unit & 0x7fffffff
}

function labelOf(unit: number): number {
  return (unit & 0x800000ff) >>> 0
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6)
}

function utf8Length(text: string): number {
  let length = 0
  for (const character of text) {
    const code = character.codePointAt(0)!
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return length
}
