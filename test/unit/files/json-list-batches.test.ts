import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ByteChunks, streamJsonBatches } from '../../../src/files/json-list-scanner.ts'
import { streamVqaAnnotations } from '../../../src/tasks/vqa/formats/vqa-v2-streams.ts'
import { vqaAnnotationsOf } from '../../support/official-files.ts'
import { goldenText } from '../metrics/golden.ts'

/** Cuts text into chunks of `size` bytes. */
function* chunksOf(text: string, size: number): Generator<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size)
}

async function collect<T, R>(stream: AsyncGenerator<T, R>): Promise<{ elements: T[]; result: R }> {
  const elements: T[] = []
  for (;;) {
    const next = await stream.next()
    if (next.done === true) return { elements, result: next.value }
    elements.push(next.value)
  }
}

/** Element by element. */
async function* streamJsonArray(chunks: ByteChunks, key: string | null, file: string) {
  const batches = streamJsonBatches(chunks, key, file)
  for (let next = await batches.next(); ; next = await batches.next()) {
    if (next.done === true) return next.value
    yield* next.value
  }
}

describe('streamJsonBatches', () => {
  test('yields what JSON.parse gives, for any file and any chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue(), { maxLength: 5 }),
        fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(undefined, 1),
        async (elements, others, arrayFirst, size, indent) => {
          const { 'the "key"': _, ...rest } = others
          const file = arrayFirst ? { 'the "key"': elements, ...rest } : { ...rest, 'the "key"': elements }
          const text = JSON.stringify(file, null, indent)
          const read = await collect(streamJsonArray(chunksOf(text, size), 'the "key"', 'test'))
          expect(JSON.stringify(read.elements)).toBe(JSON.stringify(elements))
          expect(read.result).toEqual(JSON.parse(JSON.stringify({ ...file, 'the "key"': [] })))
          const bare = await collect(streamJsonArray(chunksOf(JSON.stringify(elements), size), null, 'test'))
          expect(JSON.stringify(bare.elements)).toBe(JSON.stringify(elements))
        },
      ),
      { numRuns: 60 },
    )
  })

  const many = Array.from({ length: 9000 }, (_, n) => ({ n, 'a,b': `"]},{[ ${'\\'.repeat(n % 4)}\u00E9 ${n}` }))

  test.each([7, 4096, 100_003, 10_000_000])('parses many elements at a time, in chunks of %d bytes', async (size) => {
    const text = JSON.stringify({ before: [1], list: many, after: { list: [2] } })
    const read = await collect(streamJsonArray(chunksOf(text, size), 'list', 'test'))
    expect(read.elements).toEqual(many)
    expect(read.result).toEqual({ before: [1], list: [], after: { list: [2] } })
  })

  test.each([
    ['no JSON', ',nope', 'the test file is not JSON'],
    ['missing', ',', 'test file: the element is missing'],
    ['two', ',{} {}', 'the test file is not JSON'],
    ['closed by the wrong bracket', ',{"a":1],[2}', 'the test file is not JSON'],
  ])('names an element that is %s among many, after those before it', async (_, bad, message) => {
    const text = `${JSON.stringify(many.slice(0, 5000)).slice(0, -1)}${bad}${JSON.stringify(many).replace('[', ',')}`
    const elements: unknown[] = []
    const read = async () => {
      for await (const element of streamJsonArray(chunksOf(text, 50_000), null, 'test')) elements.push(element)
    }
    await expect(read()).rejects.toThrow(`/5000: ${message}`)
    expect(elements).toEqual(many.slice(0, 5000))
  })

  test('finds the key at the top level only', async () => {
    const text = '{"a":{"list":[1]},"b":"list","list":[2]}'
    expect((await collect(streamJsonArray(chunksOf(text, 3), 'list', 'test'))).elements).toEqual([2])
  })

  test.each([
    ['no such array', '{"a":[1]}', '/list: must be an array, is missing'],
    ['an array that comes twice', '{"list":[1],"list":[2]}', 'has two members list'],
    ['an array that never ends', '{"list":[1,2', 'is not JSON: it ends inside the array'],
    ['an element that is not JSON', '{"list":[1,nope]}', '/list/1: the test file is not JSON'],
    ['a trailing comma', '{"list":[1,]}', '/list/1'],
    ['a missing element', '{"list":[,1]}', '/list/0'],
    ['a broken rest', '{"list":[1]', 'is not JSON'],
  ])('refuses %s', async (_, text, message) => {
    await expect(collect(streamJsonArray(chunksOf(text, 4), 'list', 'test'))).rejects.toThrow(message)
  })

  test('refuses bytes that are not UTF-8', async () => {
    const chunk = Uint8Array.from([0x5b, 0x22, 0xff, 0x22, 0x5d])
    await expect(collect(streamJsonArray([chunk], null, 'test'))).rejects.toThrow('not UTF-8')
  })
})

describe('a stream of annotations', () => {
  const annotations = goldenText('vqa-v2/rounding/annotations.json')

  test('gives what the whole file holds', async () => {
    const { elements } = await collect(streamVqaAnnotations(chunksOf(annotations, 77)))
    expect(elements.flat().map(({ annotation }) => annotation)).toEqual(vqaAnnotationsOf(annotations))
  })

  test('names the record it refuses, and gives up after twenty', async () => {
    const broken = annotations.replaceAll('"answer_type"', '"answer_kind"')
    const read = collect(streamVqaAnnotations(chunksOf(broken, 999)))
    await expect(read).rejects.toThrow('/annotations/0/answer_type: must be a string, is missing (and 19 more)')
  })
})
