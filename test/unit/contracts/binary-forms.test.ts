/** Binary forms written by shards: round trips, and detection of damage. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeEmbeddings, encodeEmbeddings, type EmbeddingEntry } from '../../../src/contracts/embedding-block.ts'
import { decodeColumn, decodeRows, encodeRows, type RowStatus, type SampleRow } from '../../../src/contracts/sample-row.ts'

const uint32 = fc.integer({ min: 0, max: 0xffffffff })
const statuses: RowStatus[] = ['scored', 'errored', 'unscored']

const rowsOfWidths = fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 5 }).chain((widths) =>
  fc.record({
    widths: fc.constant(widths),
    rows: fc.array(
      fc.record({
        ordinal: uint32,
        cluster: uint32,
        outcomes: fc.tuple(
          ...widths.map((width) =>
            fc.record({
              status: fc.constantFrom(...statuses),
              stats: fc.array(fc.double({ noNaN: false }), { minLength: width, maxLength: width }),
            }),
          ),
        ),
      }) as fc.Arbitrary<SampleRow>,
      { maxLength: 20 },
    ),
  }),
)

describe('sample rows', () => {
  test('round-trip, every bit of every Float64, at any offset in a buffer', () => {
    fc.assert(
      fc.property(rowsOfWidths, fc.nat({ max: 7 }), ({ rows, widths }, offset) => {
        const bytes = encodeRows(rows, widths)
        const shifted = new Uint8Array(bytes.length + offset + 3)
        shifted.set(bytes, offset)
        const read = decodeRows(shifted.subarray(offset, offset + bytes.length), widths)
        expect(read).toEqual(rows)
        for (const [index, row] of read.entries())
          for (const [criterion, { stats }] of row.outcomes.entries())
            for (const [k, value] of stats.entries())
              expect(Object.is(value, rows[index]!.outcomes[criterion]!.stats[k])).toBe(true)
      }),
    )
  })

  test('that were stored with a column removed since are read without it', () => {
    const before: SampleRow = {
      ordinal: 0,
      cluster: 0,
      outcomes: [
        { status: 'scored', stats: [1] },
        { status: 'scored', stats: [0.25, 0.5] },
      ],
    }
    const stored = encodeRows([before, { ...before, ordinal: 1 }], [1, 2])
    const without = [{ ...before.outcomes[0]!, stats: [] }, before.outcomes[1]!]
    expect(decodeRows(stored, [0, 2], [1, 2])).toEqual([
      { ...before, outcomes: without },
      { ...before, ordinal: 1, outcomes: without },
    ])
    expect([...decodeColumn(stored, [0, 2], { scorer: 1, column: 1 }, [1, 2]).values]).toEqual([0.5, 0.5])
  })

  test('that were stored before a criterion had its last column are read with zeros there', () => {
    const row = { ordinal: 3, cluster: 1 }
    const outcome = (...stats: number[]) => ({ status: 'scored' as const, stats })
    const stored = encodeRows([{ ...row, outcomes: [outcome(5, 1), outcome(0.5)] }], [2, 1])
    expect(decodeRows(stored, [3, 1], [2, 1])).toEqual([{ ...row, outcomes: [outcome(5, 1, 0), outcome(0.5)] }])
    expect([...decodeColumn(stored, [3, 1], { scorer: 1, column: 0 }, [2, 1]).values]).toEqual([0.5])
    const now = encodeRows([{ ...row, outcomes: [outcome(5, 1, 2), outcome(0.5)] }], [3, 1])
    expect(decodeRows(now, [3, 1], [2, 1])).toEqual([{ ...row, outcomes: [outcome(5, 1, 2), outcome(0.5)] }])
    expect(() => decodeRows(stored, [3, 1])).toThrow('bytes, expected')
  })

  test('can be read a column at a time', () => {
    fc.assert(
      fc.property(rowsOfWidths, fc.nat(), fc.nat(), ({ rows, widths }, which, at) => {
        const criterion = which % widths.length
        fc.pre(widths[criterion]! > 0)
        const column = at % widths[criterion]!
        const { ordinals, values } = decodeColumn(encodeRows(rows, widths), widths, { scorer: criterion, column })
        expect([...ordinals]).toEqual(rows.map(({ ordinal }) => ordinal))
        expect([...values]).toEqual(
          rows.map(({ outcomes }) => (outcomes[criterion]!.status === 'scored' ? outcomes[criterion]!.stats[column]! : NaN)),
        )
      }),
    )
  })

  test('are the same bytes for the same rows, whatever was encoded before', () => {
    fc.assert(
      fc.property(rowsOfWidths, ({ rows, widths }) => {
        expect(encodeRows(rows, widths)).toEqual(encodeRows(structuredClone(rows), widths))
      }),
      { numRuns: 20 },
    )
  })

  test('cut anywhere, lengthened, or of other widths, they are refused', () => {
    const rows: SampleRow[] = [0, 1, 2].map((ordinal) => ({
      ordinal,
      cluster: 0,
      outcomes: [{ status: 'scored', stats: [1, 2] }],
    }))
    const bytes = encodeRows(rows, [2])
    for (let end = 0; end < bytes.length; end++)
      expect(() => decodeRows(bytes.subarray(0, end), [2]), `${end}`).toThrow(RangeError)
    expect(() => decodeRows(new Uint8Array([...bytes, 0]), [2])).toThrow(RangeError)
    expect(() => decodeRows(bytes, [1])).toThrow(RangeError)
    expect(() => decodeRows(bytes, [1, 1])).toThrow(RangeError)
    const unknown = bytes.slice()
    unknown[12 + 8 * 3] = 7
    expect(() => decodeRows(unknown, [2])).toThrow('unknown status')
    expect(() => decodeColumn(unknown, [2], { scorer: 0, column: 1 })).toThrow('unknown status')
    expect(() => decodeColumn(bytes, [1], { scorer: 0, column: 0 })).toThrow(RangeError)
  })

  test('of the wrong shape are not written', () => {
    const row: SampleRow = { ordinal: 0, cluster: 0, outcomes: [{ status: 'scored', stats: [1] }] }
    expect(() => encodeRows([row], [2])).toThrow(RangeError)
    expect(() => encodeRows([row], [1, 1])).toThrow(RangeError)
  })
})

const entriesOfDimensions = fc.integer({ min: 1, max: 9 }).chain((dimensions) => {
  const vector = fc
    .array(fc.float(), { minLength: dimensions, maxLength: dimensions })
    .map((components) => Float32Array.from(components))
  const entry = fc.record({ ordinal: uint32, image: vector, captions: fc.array(vector, { maxLength: 5 }) })
  return fc.record({ dimensions: fc.constant(dimensions), entries: fc.array(entry, { maxLength: 8 }) })
})

describe('embedding blocks', () => {
  test('round-trip, every bit', () => {
    fc.assert(
      fc.property(entriesOfDimensions, fc.nat({ max: 3 }), ({ dimensions, entries }, offset) => {
        const bytes = encodeEmbeddings(entries, dimensions)
        const shifted = new Uint8Array(bytes.length + offset)
        shifted.set(bytes, offset)
        expect(decodeEmbeddings(shifted.subarray(offset))).toEqual({ dimensions, entries })
      }),
    )
  })

  test('cut anywhere or lengthened, they are refused; so are vectors of another length', () => {
    const entry: EmbeddingEntry = { ordinal: 3, image: Float32Array.of(1, 2), captions: [Float32Array.of(3, 4)] }
    const bytes = encodeEmbeddings([entry], 2)
    for (let end = 0; end < bytes.length; end++)
      expect(() => decodeEmbeddings(bytes.subarray(0, end)), `${end}`).toThrow(RangeError)
    expect(() => decodeEmbeddings(new Uint8Array([...bytes, 0]))).toThrow(RangeError)
    expect(() => encodeEmbeddings([entry], 3)).toThrow(RangeError)
  })
})
