/**
 * Bits of entropy-coded JPEG data, without byte stuffing. Markers are never crossed (ITU-T T.81, section
 * F.2.2.5).
 * @module
 */
import { badImage } from '../bad-image.ts'
import { type HuffmanTable, LOOKAHEAD_BITS } from './huffman-table.ts'

/** Zero bytes that may be read past the end of the data before decoding stops. */
const MOST_MISSING = 16

/** A class for speed: the fields are the state of the innermost loop. */
export class BitReader {
  private readonly bytes: Uint8Array
  private at: number
  private bits = 0
  private count = 0
  private missing = 0

  /** @param at start of the data in `bytes` */
  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes
    this.at = at
  }

  private fill(): void {
    while (this.count <= 24) {
      let byte = 0
      if (this.at < this.bytes.length) {
        byte = this.bytes[this.at]!
        if (byte !== 0xff) this.at++
        else if (this.bytes[this.at + 1] === 0) this.at += 2
        else byte = this.missingByte()
      } else byte = this.missingByte()
      this.bits = (this.bits << 8) | byte
      this.count += 8
    }
  }

  /** Supplies zeros after the end. A few are only looked at; more mean damage. */
  private missingByte(): number {
    if (++this.missing > MOST_MISSING) throw damaged()
    return 0
  }

  /** @param length 0 to 16 */
  read(length: number): number {
    if (length === 0) return 0
    if (this.count < length) this.fill()
    this.count -= length
    return (this.bits >>> this.count) & ((1 << length) - 1)
  }

  readBit(): number {
    if (this.count < 1) this.fill()
    this.count--
    return (this.bits >>> this.count) & 1
  }

  /** A signed value of `length` bits (T.81, section F.2.2.1, EXTEND). */
  readSigned(length: number): number {
    const value = this.read(length)
    return length === 0 || value >= 1 << (length - 1) ? value : value - (1 << length) + 1
  }

  readSymbol(table: HuffmanTable): number {
    if (this.count < 16) this.fill()
    const entry = table.lookup[(this.bits >>> (this.count - LOOKAHEAD_BITS)) & ((1 << LOOKAHEAD_BITS) - 1)]!
    if (entry !== 0) {
      this.count -= entry >> 8
      return entry & 255
    }
    for (let length = LOOKAHEAD_BITS + 1; length <= 16; length++) {
      const code = (this.bits >>> (this.count - length)) & ((1 << length) - 1)
      if (code > table.largest[length]!) continue
      this.count -= length
      return table.symbols[code + table.offset[length]!]!
    }
    throw damaged()
  }

  /**
   * Ends the data before a restart or at the end of a scan.
   * @throws {Fault} `bad_image` if more bits were read than the data has
   */
  end(): void {
    if (this.missing * 8 > this.count) throw damaged()
    this.bits = 0
    this.count = 0
    this.missing = 0
  }

  /** @throws {Fault} `bad_image` unless restart marker `number` (0 to 7) comes next */
  restart(number: number): void {
    this.end()
    while (this.bytes[this.at] === 0xff && this.bytes[this.at + 1] === 0xff) this.at++
    if (this.bytes[this.at] !== 0xff || this.bytes[this.at + 1] !== 0xd0 + number) throw damaged()
    this.at += 2
  }
}

function damaged(): Error {
  return badImage('corrupt', 'the jpeg data cannot be decoded: its entropy-coded data is damaged or cut short')
}
