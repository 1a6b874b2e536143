/** The reader of multipart/form-data: its shapes, and the same result however the bytes are split. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Fault } from '../../../../src/contracts/failure.ts'
import { boundaryOf } from '../../../../src/http/body/multipart-headers.ts'
import { createFormScanner, type FormField } from '../../../../src/http/body/multipart.ts'
import { cases } from '../../../support/cases.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)

function scan(bytes: Uint8Array, boundary: string, cuts: readonly number[] = []): readonly FormField[] {
  const scanner = createFormScanner(boundary)
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  for (let index = 1; index < edges.length; index++) scanner.push(bytes.subarray(edges[index - 1], edges[index]))
  return scanner.end()
}

/** The result: the fields with their contents, or the reason for a refusal. */
function outcome(bytes: Uint8Array, boundary: string, cuts: readonly number[] = []): unknown {
  try {
    return scan(bytes, boundary, cuts).map((field) => ({
      ...field,
      content: Buffer.from(bytes.subarray(field.offset, field.offset + field.bytes)).toString('latin1'),
    }))
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return error.message
  }
}

const part = (headers: string, content = 'x') => `--b\r\n${headers}\r\n\r\n${content}\r\n`
const named = (parameters: string) => `${part(`Content-Disposition: form-data; ${parameters}`)}--b--\r\n`
const field = (name: string, filename: string | null = null, type: string | null = null) => ({
  name,
  filename,
  type,
  content: 'x',
})

/** Name, body, and result: the fields, or words of the refusal. */
const SHAPES: readonly (readonly [string, string, readonly object[] | string])[] = [
  ['plain', named('name="a"'), [field('a')]],
  ['%22 in a name', named('name="a%22b"'), [field('a"b')]],
  ['%0A and %0D in a name', named('name="a%0D%0ab"'), [field('a\r\nb')]],
  ['other percents in a name', named('name="100%25"'), [field('100%25')]],
  ['a quote behind a backslash', named('name="f"; filename="a\\"b.png"'), [field('f', 'a"b.png')]],
  ['a backslash at the end of a name', named('name="a\\"; filename="b\\"'), [field('a\\', 'b\\')]],
  ['backslashes of a path', named('name="f"; filename="C:\\dir\\x.png"'), [field('f', 'C:\\dir\\x.png')]],
  ['a semicolon in a name', named('name="a; b=c"; filename="d;e"'), [field('a; b=c', 'd;e')]],
  ['names without quotes', named('name=a; filename=b.png'), [field('a', 'b.png')]],
  ['names in upper case', named('NAME="a"; FileName="b"'), [field('a', 'b')]],
  ['an empty file name', named('name="a"; filename=""'), [field('a', '')]],
  ['file name before name', named('filename="b"; name="a"'), [field('a', 'b')]],
  ['blanks around parameters', named('name = "a" ;  filename= "b" ; '), [field('a', 'b')]],
  ['an extended file name', named('name="a"; filename*=UTF-8\'\'na%C3%AFve%20x'), [field('a', 'naïve x')]],
  ['both file names', named('name="a"; filename="b"; filename*=UTF-8\'\'c'), [field('a', 'b')]],
  ['a name in UTF-8', named('name="naïve ☃"'), [field('naïve ☃')]],
  ['FORM-DATA', `${part('CONTENT-DISPOSITION: FORM-DATA; name="a"')}--b--`, [field('a')]],
  ['other headers', `${part('X-Other: 1\r\nContent-Disposition: form-data; name="a"\r\nContent-Length: 1')}--b--`, [field('a')]],
  ['a folded header', `${part('Content-Disposition: form-data;\r\n\tname="a"')}--b--`, [field('a')]],
  [
    'a content type',
    `${part('content-disposition:form-data;name="a"\r\nContent-Type: Image/PNG; x=y')}--b--`,
    [field('a', null, 'image/png')],
  ],
  ['a preamble', `This is a form.\r\n${named('name="a"')}`, [field('a')]],
  ['an empty line first', `\r\n${named('name="a"')}`, [field('a')]],
  ['an epilogue', `${named('name="a"')}and more\r\n--b\r\n`, [field('a')]],
  ['no line end behind the last boundary', named('name="a"').slice(0, -2), [field('a')]],
  ['blanks behind boundaries', named('name="a"').replaceAll('--b\r', '--b \t\r'), [field('a')]],
  ['line ends of LF', named('name="a"').replaceAll('\r\n', '\n'), [field('a')]],
  [
    'the boundary inside a line',
    `${part('Content-Disposition: form-data; name="a"', '--b-- --b\r\n -')}--b--`,
    [{ ...field('a'), content: '--b-- --b\r\n -' }],
  ],
  [
    'carriage returns before a boundary',
    `${part('Content-Disposition: form-data; name="a"', '\r\r\n\r')}--b--`,
    [{ ...field('a'), content: '\r\r\n\r' }],
  ],
  ['no fields', '--b--\r\n', []],
  ['an empty field', `${part('Content-Disposition: form-data; name="a"', '')}--b--`, [{ ...field('a'), content: '' }]],

  ['nothing', '', 'does not begin with the boundary'],
  ['another boundary', '--c\r\n', 'does not begin with the boundary'],
  ['a preamble without end', 'x'.repeat(10_000), 'does not begin with the boundary'],
  ['a longer boundary', '--bc\r\n', 'is followed by something else'],
  ['a longer boundary inside', `${part('Content-Disposition: form-data; name="a"')}--bc\r\n`, 'is followed by something else'],
  ['a boundary and one dash', `${part('Content-Disposition: form-data; name="a"')}--b-\r\n`, 'is followed by something else'],
  ['no final boundary', part('Content-Disposition: form-data; name="a"'), 'does not end with the boundary'],
  ['a final boundary that is cut', `${part('Content-Disposition: form-data; name="a"')}--b`, 'does not end with the boundary'],
  ['headers without end', '--b\r\nContent-Disposition: form-data; name="a"', 'headers of a field do not end'],
  ['headers of 9000 bytes', `--b\r\nX: ${'x'.repeat(9000)}`, 'headers of a field are too long'],
  ['LF in the headers alone', '--b\r\nContent-Disposition: form-data; name="a"\n\nx\r\n--b--', 'ends in LF'],
  ['no disposition', `${part('Content-Type: text/plain')}--b--`, 'has no content-disposition'],
  ['no headers', '--b\r\n\r\nx\r\n--b--', 'has no content-disposition'],
  ['an attachment', `${part('Content-Disposition: attachment; name="a"')}--b--`, 'has no content-disposition'],
  [
    'two dispositions',
    `${part('Content-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="b"')}--b--`,
    'two',
  ],
  ['no name', named('filename="a"'), 'has no name'],
  ['two names', named('name="a"; name="b"'), 'twice'],
  ['a name that does not end', named('name="a'), 'no closing quote'],
  [
    'a transfer encoding',
    `${part('Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64')}--b--`,
    'base64',
  ],
]

describe('a form', () => {
  test.each(SHAPES)('%s', (_, text, expected) => {
    const found = outcome(utf8(text), 'b')
    if (typeof expected === 'string') expect(found).toEqual(expect.stringContaining(expected))
    else expect(found).toMatchObject(expected)
  })

  test('is the same however its bytes are cut, also one byte at a time', () => {
    for (const [, text] of SHAPES) {
      const bytes = utf8(text)
      const whole = outcome(bytes, 'b')
      expect(
        outcome(
          bytes,
          'b',
          Array.from(bytes, (_, index) => index),
        ),
      ).toEqual(whole)
    }
    fc.assert(
      fc.property(fc.constantFrom(...SHAPES), fc.array(fc.nat(400), { maxLength: 8 }), ([, text], cuts) => {
        expect(outcome(utf8(text), 'b', cuts)).toEqual(outcome(utf8(text), 'b'))
      }),
      { numRuns: cases(500) },
    )
  })

  test('is what a client put in, whatever its files hold and wherever it is cut', async () => {
    // A literal percent sign is the only thing that this encoding loses.
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !/%(0A|0D|22)/i.test(text))
    // Files that look like the ends of fields.
    const content = fc
      .array(fc.constantFrom('\r', '\n', '\r\n', '--', '\r\n--', 'BOUNDARY', 'x', '\u0000', 'é'), { maxLength: 40 })
      .map((pieces) => pieces.join(''))
    const fields = fc.array(fc.tuple(name, fc.option(name), content), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(fields, fc.array(fc.nat(3000), { maxLength: 20 }), async (sent, cuts) => {
        const form = new FormData()
        for (const [key, filename, text] of sent)
          if (filename === null) form.append(key, text)
          else form.append(key, new Blob([text]), filename)
        const response = new Response(form)
        const boundary = boundaryOf(response.headers.get('content-type')!)
        const written = Buffer.from(await response.arrayBuffer()).toString('latin1')
        // The beginning of the boundary, so that nearly all of it occurs in a file.
        const bytes = Buffer.from(written.replaceAll('BOUNDARY', boundary.slice(0, -1)), 'latin1')
        const found = scan(bytes, boundary, cuts)
        expect(
          found.map((one) => ({
            name: one.name,
            filename: one.filename,
            text: bytes.subarray(one.offset, one.offset + one.bytes).toString(),
          })),
        ).toEqual(
          sent.map(([key, filename, text]) => ({
            name: key,
            filename,
            text: (filename === null ? text.replaceAll(/\r\n|\r|\n/g, '\r\n') : text).replaceAll(
              'BOUNDARY',
              boundary.slice(0, -1),
            ),
          })),
        )
      }),
      { numRuns: cases(200) },
    )
  })

  test('with too many fields or headers is refused while it arrives', () => {
    const scanner = createFormScanner('b')
    const one = utf8(part('Content-Disposition: form-data; name="a"'))
    let pushed = 0
    expect(() => {
      for (; pushed < 20_000; pushed++) scanner.push(one)
    }).toThrow('more than 10000 fields')
    expect(pushed).toBeLessThan(10_010)
    const long = createFormScanner('b')
    expect(() => {
      for (let sent = 0; sent < 1000; sent++)
        long.push(utf8(part(`Content-Disposition: form-data; name="a"; x="${'y'.repeat(8000)}"`)))
    }).toThrow('too long')
  })
})

test.each([
  ['multipart/form-data; boundary=b', 'b'],
  ['multipart/form-data; boundary="b c"; charset=utf-8', 'b c'],
  ['multipart/form-data;charset=utf-8;BOUNDARY=b ', 'b'],
  ['multipart/form-data; x="boundary=no"; boundary=yes', 'yes'],
  ['multipart/form-data; boundary="a\\"b"', 'a"b'],
  ['multipart/form-data; boundary=a; boundary=b', 'a'],
])('the boundary of %s', (type, expected) => expect(boundaryOf(type)).toBe(expected))

test.each([
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'multipart/form-data; boundary=""',
  `multipart/form-data; boundary=${'b'.repeat(300)}`,
])('no boundary: %s', (type) => expect(() => boundaryOf(type)).toThrow('boundary'))
