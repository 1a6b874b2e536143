import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StoredFile } from '../../../src/contracts/import-ports.ts'
import { locateFile } from '../../../src/http/single-file-form.ts'

const stored = (bytes: Uint8Array): StoredFile => ({
  bytes: bytes.length,
  read: async (offset, length) => bytes.slice(offset, offset + length),
})

async function encoded(form: FormData): Promise<{ bytes: Uint8Array; boundary: string }> {
  const response = new Response(form)
  const boundary = response.headers.get('content-type')!.split('boundary=')[1]!
  return { bytes: new Uint8Array(await response.arrayBuffer()), boundary }
}

test('finds the file’s bytes in a form as clients send it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 1, maxLength: 9000 }),
      fc.string({ unit: 'grapheme' }),
      async (data, filename) => {
        const form = new FormData()
        form.set('data', new Blob([data]), filename)
        const { bytes, boundary } = await encoded(form)
        const { offset, bytes: length } = await locateFile(stored(bytes), boundary, 'data')
        expect(Buffer.compare(bytes.slice(offset, offset + length), data)).toBe(0)
      },
    ),
    { numRuns: 50 },
  )
})

test('an end without a line feed, and dashes in the file, are no matter', async () => {
  const bytes = new TextEncoder().encode(
    '--b\r\nContent-Type: text/plain\r\ncontent-disposition: form-data; filename="x"; name="data"\r\n\r\n\r\n--\r\n--c\r\n\r\n--b--',
  )
  const { offset, bytes: length } = await locateFile(stored(bytes), 'b', 'data')
  expect(new TextDecoder().decode(bytes.slice(offset, offset + length))).toBe('\r\n--\r\n--c\r\n')
})

const blob = (text: string) => new Blob([text])

test.each<[string, [string, string | Blob][], string]>([
  ['another field', [['file', blob('x')]], 'file: is not a known field; the form has one, data'],
  ['text', [['data', 'x']], 'data: must be a file'],
  ['an empty file', [['data', blob('')]], 'data: is empty'],
  [
    'a field more',
    [
      ['data', blob('x')],
      ['purpose', 'evals'],
    ],
    'data: must be the only field of the form',
  ],
])('refuses %s', async (_, fields, message) => {
  const form = new FormData()
  for (const [name, value] of fields) form.append(name, value as string)
  const { bytes, boundary } = await encoded(form)
  await expect(locateFile(stored(bytes), boundary, 'data')).rejects.toThrow(message)
})

test.each([
  ['', 'does not begin with the boundary'],
  ['--b\r\ncontent-disposition: form-data; name="data"', 'do not end'],
  ['--b\r\ncontent-disposition: form-data; name="data"; filename="x"\r\n\r\ntext', 'does not end with the boundary'],
])('refuses what is no form: %j', async (text, message) => {
  await expect(locateFile(stored(new TextEncoder().encode(text)), 'b', 'data')).rejects.toThrow(message)
})
