/** One form is one form at every size: held in memory, stored on its way, or of unknown length. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WHOLE_LIMIT } from '../../src/http/body/form.ts'
import { samplePng } from '../support/png.ts'
import { type Assay, startAssay } from './harness.ts'

let assay: Assay

beforeAll(async () => {
  assay = await startAssay()
})

afterAll(() => assay?.stop())

const PURPOSE = '--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nevals\r\n'
const file = (parameters: string, content: string) =>
  `--b\r\nContent-Disposition: form-data; ${parameters}\r\nContent-Type: text/plain\r\n\r\n${content}\r\n`
const END = '--b--\r\n'

type Shape = (content: string) => string

/** Forms with a file of the given content. */
const SHAPES: Readonly<Record<string, Shape>> = {
  plain: (x) => `${PURPOSE}${file('name="file"; filename="a.txt"', x)}${END}`,
  'the file first': (x) => `${file('name="file"; filename="a.txt"', x)}${PURPOSE}${END}`,
  '%22 in the name': (x) => `${PURPOSE}${file('name="file"; filename="a%22b"', x)}${END}`,
  '%0A in the name': (x) => `${PURPOSE}${file('name="file"; filename="a%0Ab"', x)}${END}`,
  'a quote behind a backslash': (x) => `${PURPOSE}${file('name="file"; filename="a\\"b"', x)}${END}`,
  'a backslash at the end': (x) => `${PURPOSE}${file('name="file"; filename="a\\"', x)}${END}`,
  'a path': (x) => `${PURPOSE}${file('name="file"; filename="C:\\x\\y"', x)}${END}`,
  'names without quotes': (x) => `${PURPOSE}${file('name=file; filename=a.txt', x)}${END}`,
  'an extended name': (x) => `${PURPOSE}${file('name="file"; filename*=utf-8\'\'na%C3%AFve', x)}${END}`,
  'a preamble': (x) => `a form\r\n${PURPOSE}${file('name="file"; filename="a.txt"', x)}${END}`,
  'an epilogue': (x) => `${PURPOSE}${file('name="file"; filename="a.txt"', x)}${END}more`,
  LF: (x) => `${PURPOSE}${file('name="file"; filename="a.txt"', x)}${END}`.replaceAll('\r\n', '\n'),
  'FORM-DATA': (x) => `${PURPOSE}${file('name="file"; filename="a.txt"', x)}${END}`.replaceAll('form-data', 'FORM-DATA'),
  'blanks behind the boundary': (x) =>
    `${PURPOSE}${file('name="file"; filename="a.txt"', x)}${END}`.replaceAll('--b\r', '--b \r'),
  'no last line end': (x) => `${PURPOSE}${file('name="file"; filename="a.txt"', x)}--b--`,
  'the boundary inside a line': (x) => `${PURPOSE}${file('name="file"; filename="a.txt"', `${x} --b--\r\n --b`)}${END}`,
  'no file name, and a type': (x) => `${PURPOSE}${file('name="file"', x)}${END}`,
  'no final boundary': (x) => `${PURPOSE}${file('name="file"; filename="a.txt"', x)}`,
  'a boundary that goes on': (x) => `${PURPOSE}${file('name="file"; filename="a.txt"', x)}--bb\r\n${END}`,
  'no name': (x) => `${PURPOSE}${file('filename="a.txt"', x)}${END}`,
  'two names': (x) => `${PURPOSE}${file('name="file"; name="file"; filename="a.txt"', x)}${END}`,
  'no disposition': (x) => `${PURPOSE}--b\r\nContent-Type: text/plain\r\n\r\n${x}\r\n${END}`,
  'a transfer encoding': (x) =>
    `${PURPOSE}--b\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: form-data; name="file"\r\n\r\n${x}\r\n${END}`,
  'another boundary': (x) => `--c\r\n\r\n${x}\r\n--c--\r\n`,
  'a field twice': (x) => `${PURPOSE}${PURPOSE}${file('name="file"; filename="a.txt"', x)}${END}`,
  'an unknown field': (x) => `${PURPOSE}${file('name="other"; filename="a.txt"', x)}${END}`,
  'two files': (x) => `${PURPOSE}${file('name="file"; filename="a.txt"', x)}${file('name="file"; filename="b.txt"', 'y')}${END}`,
  'a text that is not UTF-8': (x) => `${PURPOSE.replace('evals', '\xff')}${file('name="file"; filename="a.txt"', x)}${END}`,
  'a text in another charset': (x) =>
    `${PURPOSE.replace('\r\n\r\n', '\r\nContent-Type: text/plain; charset=latin1\r\n\r\n')}${file('name="file"; filename="a.txt"', x)}${END}`,
}

const TYPES = ['multipart/form-data; boundary=b', 'Multipart/Form-Data; charset=utf-8; Boundary="b"']

/** The result of a form, without the members that differ between equal ones. */
async function outcome(body: Uint8Array<ArrayBuffer> | ReadableStream, type: string): Promise<unknown> {
  const init = { method: 'POST', headers: { 'content-type': type }, body, duplex: 'half' } as RequestInit
  const response = await assay.request('/v1/files', init)
  const { filename, detail } = (await response.json()) as { filename?: string; detail?: string }
  return { status: response.status, filename, detail }
}

describe('a file is the same, or refused in the same words, at every size:', () => {
  test.each(Object.entries(SHAPES))('%s', async (_, shape) => {
    const around = shape('').length
    const of = (length: number) => new Uint8Array(Buffer.from(shape('x'.repeat(Math.max(1, length - around))), 'latin1'))
    const [type] = TYPES
    const expected = await outcome(of(around + 100), type!)
    for (const length of [WHOLE_LIMIT - 1, WHOLE_LIMIT, WHOLE_LIMIT + 1, 3_000_000])
      expect(await outcome(of(length), type!), `${length} bytes`).toEqual(expected)
    expect(await outcome(of(around + 100), TYPES[1]!)).toEqual(expected)
    expect(await outcome(new Blob([of(around + 100)]).stream(), type!), 'of unknown length').toEqual(expected)
  })
})

describe('a picture', () => {
  const scored = async (part: string, fields = '') => {
    const head = `--b\r\nContent-Disposition: form-data; name="text"\r\n\r\na dog\r\n${fields}--b\r\n${part}\r\n\r\n`
    const body = Buffer.concat([Buffer.from(head), samplePng(1), Buffer.from('\r\n--b--\r\n')])
    const headers = { 'content-type': 'multipart/form-data; boundary=b' }
    const response = await assay.request('/v1/score', { method: 'POST', headers, body })
    return { status: response.status, text: await response.text() }
  }

  test('without a file name is taken where its type says what it is, and refused with what is missing where nothing does', async () => {
    expect(await scored('Content-Disposition: form-data; name="image"\r\nContent-Type: image/png')).toMatchObject({ status: 200 })
    expect(await scored('Content-Disposition: form-data; name="image"\r\nContent-Type: application/octet-stream')).toMatchObject({
      status: 200,
    })
    const { status, text } = await scored('Content-Disposition: form-data; name="image"')
    expect(status).toBe(400)
    expect(text).toMatch(/file name|UTF-8/)
  })
})
