import { expect, test } from 'vitest'
import { createCodecs } from '../../../src/media/codecs.ts'
import { readImageHeader } from '../../../src/media/image-header.ts'
import { decodePng } from '../../../src/media/png-decode.ts'
import { blankInterlacedPng } from '../../support/png.ts'
import { codecModules, golden } from './golden.ts'

const MANY = 5 * 2 ** 20

test.each([['jpeg'], ['webp']] as const)('the memory of a %s decoder is lent as zeros, and grows once', async (format) => {
  const codecs = createCodecs(codecModules)
  const bytes = golden(`images/${format === 'jpeg' ? 'baseline.jpg' : 'lossy.webp'}`)
  const decode = () => codecs.decode(bytes, readImageHeader(bytes), ({ data }) => Uint8Array.from(data))
  const before = await decode()
  await codecs.lend(16 * 2 ** 20, (memory) => {
    expect(memory.length).toBe(16 * 2 ** 20)
    expect(memory.byteOffset % 8).toBe(0)
    memory.fill(0xff)
  })
  const grown = codecs.memoryBytes()
  expect(grown[format]).toBeGreaterThan(16 * 2 ** 20)
  expect(grown[format === 'jpeg' ? 'webp' : 'jpeg']).toBe(0)
  await codecs.lend(MANY, (memory) => expect(memory.every((byte) => byte === 0)).toBe(true))
  expect(await decode()).toEqual(before)
  expect(codecs.memoryBytes()).toEqual(grown)
})

test('an interlaced PNG is decoded into lent memory, a small one makes no decoder', async () => {
  const codecs = createCodecs(codecModules)
  for (const [side, jpeg] of [
    [256, 0],
    [1100, 17 * 2 ** 20],
  ] as const) {
    const bytes = new Uint8Array(blankInterlacedPng(side))
    const alone = decodePng(bytes, new Uint8ClampedArray(4 * side * side))
    const lent = await codecs.decode(bytes, readImageHeader(bytes), ({ data }) => data.slice())
    expect(Buffer.from(lent).equals(Buffer.from(alone.data))).toBe(true)
    expect(codecs.memoryBytes().jpeg).toBeLessThanOrEqual(1.5 * jpeg)
    expect(codecs.memoryBytes().jpeg > 0).toBe(jpeg > 0)
  }
})

test('an error of the borrower frees the memory', async () => {
  const codecs = createCodecs(codecModules)
  for (let turn = 0; turn < 8; turn++)
    await expect(
      codecs.lend(16 * 2 ** 20, () => {
        throw new Error('mine')
      }),
    ).rejects.toThrow('mine')
  expect(codecs.memoryBytes().jpeg).toBeLessThan(36 * 2 ** 20)
})

test('what a JPEG decoder keeps for good does not split its memory behind a large first picture', async () => {
  const codecs = createCodecs(codecModules)
  const picture = golden('images/baseline.jpg')
  // Seven megabytes of segments that no decoder reads.
  const segment = new Uint8Array(65_537)
  segment.set([0xff, 0xeb, 0xff, 0xff])
  const first = Buffer.concat([picture.subarray(0, 2), ...Array.from({ length: 110 }, () => segment), picture.subarray(2)])
  await codecs.decode(first, { ...readImageHeader(picture), encodedBytes: first.length }, () => undefined)
  await codecs.lend(14 * 2 ** 20, () => undefined)
  expect(codecs.memoryBytes().jpeg).toBeLessThan(17.5e6)
})
