import { expect, test } from 'vitest'
import { cutFile } from '../../../src/http/form-picture.ts'

async function bodyOf(parts: readonly (readonly [string, string | Blob])[]): Promise<{ bytes: Uint8Array; type: string }> {
  const form = new FormData()
  for (const [name, value] of parts) form.append(name, value)
  const request = new Response(form)
  return { bytes: new Uint8Array(await request.arrayBuffer()), type: request.headers.get('content-type')! }
}

const hostile = Uint8Array.from({ length: 5000 }, (_, n) => [13, 10, 13, 10, 45, 45, n & 255][n % 7]!)

test.each([
  ['bytes full of line breaks and dashes', hostile],
  ['no bytes', new Uint8Array()],
])('cuts out %s, and leaves the rest as it was', async (_, content) => {
  const { bytes, type } = await bodyOf([
    ['text', 'a dog'],
    ['image', new Blob([content], { type: 'image/png' })],
    ['text', 'a cat'],
  ])
  const parts = cutFile(bytes, type, 'image')!
  expect([...parts.content]).toEqual([...content])
  const form = await new Response(parts.rest, { headers: { 'content-type': type } }).formData()
  expect(form.getAll('text')).toEqual(['a dog', 'a cat'])
  expect((form.get('image') as unknown as File).size).toBe(0)
})

test('leaves anything else to the platform', async () => {
  const twice = await bodyOf([
    ['image', new Blob(['1'])],
    ['image', new Blob(['2'])],
  ])
  expect(cutFile(twice.bytes, twice.type, 'image')).toBeNull()
  const text = await bodyOf([['image', 'not a file']])
  expect(cutFile(text.bytes, text.type, 'image')).toBeNull()
  const good = await bodyOf([['image', new Blob(['1'])]])
  expect(cutFile(good.bytes.subarray(0, -6), good.type, 'image')).toBeNull()
  expect(cutFile(good.bytes, 'multipart/form-data', 'image')).toBeNull()
  expect(cutFile(new Uint8Array(), good.type, 'image')).toBeNull()
})
