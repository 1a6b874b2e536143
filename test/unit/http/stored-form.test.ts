/**
 * Forms that were stored as they came: the fields that were put in, read where they lie.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StoredFile } from '../../../src/contracts/import-ports.ts'
import { findFields, readAhead } from '../../../src/http/stored-form.ts'

const stored = (bytes: Uint8Array): StoredFile => ({
  bytes: bytes.length,
  read: async (offset, length) => bytes.slice(offset, offset + length),
})

describe('findFields', () => {
  test('finds what a form was made of, whatever its files hold', async () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    // Files that look like the ends of fields.
    const content = fc
      .array(fc.constantFrom('\r', '\n', '\r\n', '--', '\r\n--', 'BOUNDARY', 'x', '\u0000', 'é'), { maxLength: 40 })
      .map((pieces) => pieces.join(''))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, fc.option(name), content), { minLength: 1, maxLength: 6 }), async (fields) => {
        const form = new FormData()
        for (const [field, filename, text] of fields)
          if (filename === null) form.append(field, text)
          else form.append(field, new Blob([text]), filename)
        const response = new Response(form)
        const boundary = response.headers.get('content-type')!.split('boundary=')[1]!
        const written = Buffer.from(await response.arrayBuffer()).toString('latin1')
        // The boundary's own beginning, so that nearly all of it stands in a file.
        const bytes = Buffer.from(written.replaceAll('BOUNDARY', boundary.slice(0, -1)), 'latin1')
        const found = await findFields(readAhead(stored(bytes)), boundary)
        expect(
          found.map(({ name: field, filename, offset, bytes: length }) => ({
            name: field,
            filename,
            text: bytes.subarray(offset, offset + length).toString(),
          })),
        ).toEqual(
          fields.map(([field, filename, text]) => ({
            name: field,
            filename,
            text: (filename === null ? text.replaceAll(/\r\n|\r|\n/g, '\r\n') : text).replaceAll(
              'BOUNDARY',
              boundary.slice(0, -1),
            ),
          })),
        )
      }),
      { numRuns: 200 },
    )
  })

  test('finds a delimiter that lies across what is read at once, wherever it does', async () => {
    for (let length = 2 ** 16 - 12; length < 2 ** 16 + 4; length++) {
      const head = '--b\r\ncontent-disposition: form-data; name="a"; filename="f"\r\n\r\n'
      const bytes = new TextEncoder().encode(`${head}${'x'.repeat(length)}\r\n--b--\r\n`)
      expect(await findFields(stored(bytes), 'b')).toEqual([{ name: 'a', filename: 'f', offset: head.length, bytes: length }])
    }
  })

  test.each([
    ['', 'does not begin with the boundary'],
    ['--c\r\n', 'does not begin with the boundary'],
    ['--bc\r\n', 'is followed by something else'],
    ['--b\r\ncontent-disposition: form-data; name="a"', 'do not end'],
    ['--b\r\ncontent-disposition: form-data; name="a"\r\n\r\ntext', 'does not end with the boundary'],
    ['--b\r\ncontent-disposition: form-data; filename="a"\r\n\r\n\r\n--b--', 'has no name'],
    ['--b\r\ncontent-type: text/plain\r\n\r\n\r\n--b--', 'has no content-disposition'],
  ])('refuses what is no form: %j', async (text, message) => {
    await expect(findFields(stored(new TextEncoder().encode(text)), 'b')).rejects.toThrow(message)
  })
})

test('readAhead gives the same bytes in few fetches', async () => {
  const bytes = Uint8Array.from({ length: 5000 }, (_, index) => index % 251)
  let fetches = 0
  const file = readAhead({
    bytes: bytes.length,
    read: async (offset, length) => (fetches++, bytes.slice(offset, offset + length)),
  })
  for (let at = 0; at < 5000; at += 7) expect(await file.read(at, 20)).toEqual(bytes.slice(at, at + 20))
  expect(fetches).toBe(1)
  expect(await file.read(6000, 10)).toEqual(new Uint8Array())
})
