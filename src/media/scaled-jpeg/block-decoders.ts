/**
 * Blocks of coefficients from entropy-coded data: sequential, and the four kinds of progressive scans (ITU-T
 * T.81, sections F.2 and G.2).
 * @module
 */
import { badImage } from '../bad-image.ts'
import type { BitReader } from './bit-reader.ts'
import type { Component } from './frame.ts'
import type { HuffmanTable } from './huffman-table.ts'

/** One component within a scan. */
export interface ScanComponent {
  readonly component: Component
  readonly dc: HuffmanTable | undefined
  readonly ac: HuffmanTable | undefined
  /** Last DC value; each restart sets it to 0. */
  prediction: number
}

/** Spectral selection and successive approximation of a progressive scan. */
export interface Band {
  readonly first: number
  readonly last: number
  /** Bit position after earlier scans, and after this scan. */
  readonly high: number
  readonly low: number
}

/** Decodes one block; `index` numbers the component's stored blocks. */
export type BlockDecoder = (part: ScanComponent, index: number) => void

/** @returns a decoder that writes samples at once: a sequential picture keeps no coefficients */
export function sequentialDecoder(bits: BitReader): BlockDecoder {
  const coefficients = new Int32Array(64)
  return (part, index) => {
    const { component } = part
    const { kept, columns, rows, stride, plane } = component
    const table = component.table!
    const ac = part.ac!
    coefficients.fill(0, 0, columns * rows)
    part.prediction += bits.readSigned(dcLength(bits, part))
    coefficients[0] = part.prediction * table[0]!
    for (let k = 1; k < 64; k++) {
      const symbol = bits.readSymbol(ac)
      const length = symbol & 15
      const run = symbol >> 4
      if (length === 0) {
        if (run < 15) break
        k += 15
        continue
      }
      k += run
      if (k > 63) throw overrun()
      const value = bits.readSigned(length)
      const position = kept[k]!
      if (position >= 0) coefficients[position] = value * table[k]!
    }
    const y = Math.floor(index / stride)
    const x = index - y * stride
    component.transform(coefficients, plane, y * rows * stride * columns + x * columns, stride * columns)
  }
}

/** @returns a decoder of the DC values of a progressive scan */
export function dcDecoder(bits: BitReader, { high, low }: Band): BlockDecoder {
  if (high > 0)
    return ({ component }, index) => {
      if (bits.readBit() === 1) component.coefficients![index * component.columns * component.rows]! |= 1 << low
    }
  return (part, index) => {
    const { component } = part
    part.prediction += bits.readSigned(dcLength(bits, part))
    component.coefficients![index * component.columns * component.rows] = part.prediction << low
  }
}

/**
 * @returns a decoder of AC values of a progressive scan, and a function that resets the run of empty blocks
 *   at a restart
 */
export function acDecoder(bits: BitReader, band: Band): { decode: BlockDecoder; restart: () => void } {
  let emptyBlocks = 0
  const restart = (): void => {
    emptyBlocks = 0
  }
  /** Number of blocks that end here, including this one. */
  const readEmptyBlocks = (run: number): number => (1 << run) + bits.read(run)

  function first(part: ScanComponent, index: number): void {
    if (emptyBlocks > 0) {
      emptyBlocks--
      return
    }
    const { component, ac } = part
    for (let k = band.first; k <= band.last; k++) {
      const symbol = bits.readSymbol(ac!)
      const length = symbol & 15
      const run = symbol >> 4
      if (length === 0) {
        if (run < 15) {
          emptyBlocks = readEmptyBlocks(run) - 1
          return
        }
        k += 15
        continue
      }
      k += run
      if (k > band.last) throw overrun()
      store(component, index, k, bits.readSigned(length) << band.low)
    }
  }

  function refine(part: ScanComponent, index: number): void {
    const { component, ac } = part
    let k = band.first
    if (emptyBlocks === 0) {
      for (; k <= band.last; k++) {
        const symbol = bits.readSymbol(ac!)
        const length = symbol & 15
        let run = symbol >> 4
        let value = 0
        if (length === 0) {
          if (run < 15) {
            emptyBlocks = readEmptyBlocks(run)
            break
          }
        } else if (length === 1) value = bits.readBit() === 1 ? 1 << band.low : -(1 << band.low)
        else throw overrun()
        // Skips `run` zeros. Each non-zero value on the way gets a correction bit.
        for (; k <= band.last; k++) {
          if (isNonzero(component, index, k)) correct(component, index, k)
          else if (run-- === 0) break
        }
        if (value === 0) continue
        if (k > band.last) throw overrun()
        store(component, index, k, value)
      }
    }
    if (emptyBlocks === 0) return
    const { nonzero } = component
    if ((nonzero![index * 2]! | nonzero![index * 2 + 1]!) !== 0)
      for (; k <= band.last; k++) if (isNonzero(component, index, k)) correct(component, index, k)
    emptyBlocks--
  }

  function correct({ coefficients, kept, columns, rows }: Component, index: number, k: number): void {
    if (bits.readBit() === 0) return
    const position = kept[k]!
    if (position < 0) return
    const at = index * columns * rows + position
    const value = coefficients![at]!
    if ((value & (1 << band.low)) === 0) coefficients![at] = value + (value < 0 ? -(1 << band.low) : 1 << band.low)
  }

  return { decode: band.high === 0 ? first : refine, restart }
}

function store({ coefficients, nonzero, kept, columns, rows }: Component, index: number, k: number, value: number): void {
  nonzero![index * 2 + (k >> 5)]! |= 1 << (k & 31)
  const position = kept[k]!
  if (position >= 0) coefficients![index * columns * rows + position] = value
}

function isNonzero({ nonzero }: Component, index: number, k: number): boolean {
  return ((nonzero![index * 2 + (k >> 5)]! >>> (k & 31)) & 1) === 1
}

function dcLength(bits: BitReader, { dc }: ScanComponent): number {
  const length = bits.readSymbol(dc!)
  if (length > 15) throw overrun()
  return length
}

function overrun(): Error {
  return badImage('corrupt', 'the jpeg data cannot be decoded: its entropy-coded data is damaged')
}
