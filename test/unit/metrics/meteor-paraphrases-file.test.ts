import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readParaphrases } from '../../../src/metrics/resources/meteor-paraphrases-file.ts'

/** The file in chunks of a few bytes, so that lines and characters are cut everywhere. */
async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

async function read(text: string, phrases: readonly string[], { gzip = false, size = 7 } = {}): Promise<string[][]> {
  const bytes = new TextEncoder().encode(text)
  const pairs: string[][] = []
  for await (const [phrase, paraphrase] of readParaphrases(chunksOf(gzip ? gzipSync(bytes) : bytes, size), new Set(phrases)))
    pairs.push([phrase, paraphrase])
  return pairs
}

const FILE = '0.5\nin front of\nbefore\n1.25E-2\nbefore\nin front of\n0.1\ncafé\nbistro\n0.1\nbefore\nearlier than\n'

describe("METEOR's paraphrase table", () => {
  test.each([false, true])('gives, in order, the pairs that can occur; compressed: %s', async (gzip) => {
    const expected = [
      ['in front of', 'before'],
      ['before', 'in front of'],
      ['café', 'bistro'],
    ]
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), async (size) => {
        expect(await read(FILE, ['before', 'in front of', 'café', 'bistro'], { gzip, size })).toEqual(expected)
      }),
      { numRuns: 15 },
    )
    expect(await read(FILE, ['before'], { gzip })).toEqual([])
    expect(await read(FILE.slice(0, -1), ['before', 'earlier than'], { gzip })).toEqual([['before', 'earlier than']])
  })

  test.each([
    ['', 'line 0 ends the file'],
    ['0.5\na\n', 'line 2 ends the file'],
    ['a\nb\nc\n', 'line 1 must be a probability'],
    ['0.5\na\nb\n0.5\n\nb\n', 'line 5 must be a phrase'],
  ])('%j is refused, naming the line', async (text, detail) => {
    await expect(read(text, ['a', 'b'])).rejects.toThrow(detail)
  })

  test('a gzip file that is cut is refused', async () => {
    const bytes = gzipSync(FILE)
    const cut = async () => {
      for await (const _ of readParaphrases(chunksOf(bytes.subarray(0, bytes.length - 9), 16), new Set())) expect(_).toBeNull()
    }
    await expect(cut()).rejects.toThrow('is not a whole gzip file')
  })
})
