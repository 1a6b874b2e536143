/**
 * Zlib inflation (RFC 1950, RFC 1951) with a fixed output length.
 *
 * `DecompressionStream` cannot be stopped: workerd inflates all input before the first read returns, so a 1
 * MB file takes a gigabyte outside the JavaScript heap. This implementation holds one 64 KiB window in every
 * engine.
 * @module
 */
import { badImage } from './bad-image.ts'
import { adler32 } from './checksums.ts'
import { FAST_BITS, type HuffmanCode, huffmanCode, huffmanTables, MAX_BITS } from './huffman.ts'

/** Longest distance of a match. */
const WINDOW = 32768
const BUFFER = 2 * WINDOW
const LONGEST_MATCH = 258
const END_OF_BLOCK = 256

const lengthBase = Uint16Array.of(
  3,
  4,
  5,
  6,
  7,
  8,
  9,
  10,
  11,
  13,
  15,
  17,
  19,
  23,
  27,
  31,
  35,
  43,
  51,
  59,
  67,
  83,
  99,
  115,
  131,
  163,
  195,
  227,
  258,
)
const lengthExtra = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0)
const distanceBase = Uint16Array.from({ length: 30 }, (_, i) => (i < 2 ? i + 1 : ((2 + (i & 1)) << ((i >> 1) - 1)) + 1))
const distanceExtra = Uint8Array.from({ length: 30 }, (_, i) => (i < 2 ? 0 : (i >> 1) - 1))
const codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

const fixedLiterals = huffmanCode(
  Uint8Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)),
)!
const fixedDistances = huffmanCode(new Uint8Array(32).fill(5))!

/** Compressed bytes in pieces of one buffer. Pieces are neither joined nor stored. */
export interface Pieces {
  readonly bytes: Uint8Array
  /** Start of the current piece. */
  start: number
  end: number
  /** Moves to the next piece, which may be empty; false after the last. */
  next(): boolean
}

function onePiece(bytes: Uint8Array): Pieces {
  let left = 1
  return { bytes, start: 0, end: bytes.length, next: () => left-- > 0 }
}

/**
 * Most blocks of a stream. Even an empty block costs its tables: without a limit, 8 MiB of empty blocks took
 * seconds. zlib writes one block per 16,383 symbols or more, per 127 at its smallest setting.
 */
const BLOCKS_LIMIT = 2 ** 17

/**
 * Inflates a zlib stream of exactly `length` bytes, piece by piece.
 * @param consume called with consecutive pieces of at most 64 KiB, valid during the call; never with more
 *   than `length` bytes in all
 * @throws {Fault} `bad_image`: `inflated_chunk` as soon as there is more than `length`, otherwise `corrupt`
 */
export function inflateExactly(compressed: Uint8Array | Pieces, length: number, consume: (inflated: Uint8Array) => void): void {
  new Inflation(compressed instanceof Uint8Array ? onePiece(compressed) : compressed, length, consume).run()
}

class Inflation {
  readonly #pieces: Pieces
  readonly #bytes: Uint8Array
  readonly #length: number
  readonly #consume: (inflated: Uint8Array) => void
  /** Next byte and end of the current piece, then the bits read but not used, lowest first. */
  #at = 0
  #pieceEnd = 0
  #bits = 0
  #bitCount = 0
  /** For the current block. */
  readonly #lengths = new Uint8Array(286 + 30)
  readonly #codeLengths = new Uint8Array(19)
  readonly #codeTables = huffmanTables(19)
  readonly #literalTables = huffmanTables(286)
  readonly #distanceTables = huffmanTables(30)
  readonly #buffer = new Uint8Array(BUFFER + LONGEST_MATCH)
  /** End of the bytes written to the buffer, and end of the bytes delivered. */
  #end = 0
  #flushed = 0
  /** Number of bytes delivered, and their checksum. */
  #total = 0
  #adler = 1

  constructor(pieces: Pieces, length: number, consume: (inflated: Uint8Array) => void) {
    this.#pieces = pieces
    this.#bytes = pieces.bytes
    this.#length = length
    this.#consume = consume
  }

  run(): void {
    const method = this.#take(8)
    const flags = this.#take(8)
    if ((method & 0x0f) !== 8 || method >> 4 > 7 || (flags & 0x20) !== 0 || ((method << 8) | flags) % 31 !== 0)
      throw damaged('it has no zlib header')
    let last = 0
    for (let blocks = 1; last === 0; blocks++) {
      if (blocks > BLOCKS_LIMIT)
        throw badImage(
          'too_many_chunks',
          `the compressed pixel data has more than ${BLOCKS_LIMIT} blocks; save the picture again`,
        )
      last = this.#take(1)
      const type = this.#take(2)
      if (type === 0) this.#storedBlock()
      else if (type === 1) this.#codedBlock(fixedLiterals, fixedDistances)
      else if (type === 2) this.#dynamicBlock()
      else throw damaged('it has a block of unknown type')
    }
    this.#flush()
    if (this.#total < this.#length) throw damaged(`it holds ${this.#total} of ${this.#length} bytes`)
    this.#take(this.#bitCount & 7)
    const stored = ((this.#take(8) << 24) | (this.#take(8) << 16) | (this.#take(8) << 8) | this.#take(8)) >>> 0
    if (stored !== this.#adler) throw damaged('it does not match its checksum')
  }

  /** Moves to the next non-empty piece; false at the end of the stream. */
  #advance(): boolean {
    while (this.#at >= this.#pieceEnd) {
      if (!this.#pieces.next()) return false
      this.#at = this.#pieces.start
      this.#pieceEnd = this.#pieces.end
    }
    return true
  }

  /** Reads the next `count` bits, at most 16. */
  #take(count: number): number {
    while (this.#bitCount < count) {
      if (this.#at >= this.#pieceEnd && !this.#advance()) throw damaged('it ends early')
      this.#bits |= this.#bytes[this.#at++]! << this.#bitCount
      this.#bitCount += 8
    }
    const value = this.#bits & ((1 << count) - 1)
    this.#bits >>>= count
    this.#bitCount -= count
    return value
  }

  /** Delivers new bytes and keeps one window of them. */
  #flush(): void {
    const piece = this.#buffer.subarray(this.#flushed, this.#end)
    this.#total += piece.length
    if (this.#total > this.#length)
      throw badImage('inflated_chunk', `the pixel data inflates to more than the ${this.#length} bytes declared`)
    this.#adler = adler32(this.#adler, piece)
    this.#consume(piece)
    if (this.#end > WINDOW) {
      this.#buffer.copyWithin(0, this.#end - WINDOW, this.#end)
      this.#end = WINDOW
    }
    this.#flushed = this.#end
  }

  #storedBlock(): void {
    this.#take(this.#bitCount & 7)
    let length = this.#take(16)
    if ((this.#take(16) ^ 0xffff) !== length) throw damaged('a stored block is inconsistent')
    // The bit buffer is empty here: it held at most two bytes before these four.
    while (length > 0) {
      if (this.#at >= this.#pieceEnd && !this.#advance()) throw damaged('it ends early')
      if (this.#end >= BUFFER) this.#flush()
      const part = Math.min(length, BUFFER - this.#end, this.#pieceEnd - this.#at)
      this.#buffer.set(this.#bytes.subarray(this.#at, this.#at + part), this.#end)
      this.#at += part
      this.#end += part
      length -= part
    }
  }

  #dynamicBlock(): void {
    const literalCount = this.#take(5) + 257
    const distanceCount = this.#take(5) + 1
    const codeLengthCount = this.#take(4) + 4
    if (literalCount > 286 || distanceCount > 30) throw damaged('a block has too many codes')
    const codeLengths = this.#codeLengths.fill(0)
    for (let i = 0; i < codeLengthCount; i++) codeLengths[codeLengthOrder[i]!] = this.#take(3)
    const code = huffmanCode(codeLengths, this.#codeTables) ?? impossibleCode()
    const lengths = this.#lengths.subarray(0, literalCount + distanceCount).fill(0)
    for (let i = 0; i < lengths.length;) {
      const symbol = this.#symbol(code)
      if (symbol < 16) {
        lengths[i++] = symbol
        continue
      }
      if (symbol === 16 && i === 0) throw damaged('a block repeats a length it has not given')
      const repeated = symbol === 16 ? lengths[i - 1]! : 0
      const times = symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7)
      if (i + times > lengths.length) throw damaged('a block repeats a length too often')
      lengths.fill(repeated, i, i + times)
      i += times
    }
    if (lengths[END_OF_BLOCK] === 0) throw damaged('a block has no end')
    const literals = huffmanCode(lengths.subarray(0, literalCount), this.#literalTables) ?? impossibleCode()
    const distances = huffmanCode(lengths.subarray(literalCount), this.#distanceTables) ?? impossibleCode()
    this.#codedBlock(literals, distances)
  }

  #codedBlock(literals: HuffmanCode, distances: HuffmanCode): void {
    const buffer = this.#buffer
    for (;;) {
      const symbol = this.#symbol(literals)
      if (symbol < END_OF_BLOCK) {
        if (this.#end >= BUFFER) this.#flush()
        buffer[this.#end++] = symbol
        continue
      }
      if (symbol === END_OF_BLOCK) return
      if (symbol - 257 >= lengthBase.length) throw damaged('a match has an unknown length')
      const length = lengthBase[symbol - 257]! + this.#take(lengthExtra[symbol - 257]!)
      const code = this.#symbol(distances)
      if (code >= distanceBase.length) throw damaged('a match has an unknown distance')
      const distance = distanceBase[code]! + this.#take(distanceExtra[code]!)
      if (this.#end >= BUFFER) this.#flush()
      const to = this.#end
      if (distance > to) throw damaged('a match reaches back beyond the beginning')
      // Where source and target overlap, the match repeats itself.
      if (distance >= length && length > 24) buffer.copyWithin(to, to - distance, to - distance + length)
      else if (distance === 1) buffer.fill(buffer[to - 1]!, to, to + length)
      else for (let i = 0; i < length; i++) buffer[to + i] = buffer[to + i - distance]!
      this.#end = to + length
    }
  }

  /** Reads the next symbol of a code. */
  #symbol(code: HuffmanCode): number {
    while (this.#bitCount < MAX_BITS && (this.#at < this.#pieceEnd || this.#advance())) {
      this.#bits |= this.#bytes[this.#at++]! << this.#bitCount
      this.#bitCount += 8
    }
    const entry = code.fast[this.#bits & ((1 << FAST_BITS) - 1)]!
    const length = entry & 15
    if (length === 0) return this.#longSymbol(code)
    if (length > this.#bitCount) throw damaged('it ends early')
    this.#bits >>>= length
    this.#bitCount -= length
    return entry >> 4
  }

  /** Reads bit by bit. Codes of one length are consecutive, and so are their symbols' places. */
  #longSymbol({ counts, symbols }: HuffmanCode): number {
    let code = 0
    let first = 0
    let index = 0
    for (let length = 1; length <= MAX_BITS; length++) {
      code |= this.#take(1)
      const count = counts[length]!
      if (code - first < count) return symbols[index + code - first]!
      index += count
      first = (first + count) << 1
      code <<= 1
    }
    throw damaged('it has a code that stands for nothing')
  }
}

function damaged(how: string): Error {
  return badImage('corrupt', `the compressed pixel data is damaged: ${how}`)
}

function impossibleCode(): never {
  throw damaged('a block describes an impossible code')
}
