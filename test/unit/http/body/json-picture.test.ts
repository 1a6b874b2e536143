/** A picture cut out of a JSON body is the one that parsing would have given, or nothing is cut. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromBase64, toBase64 } from '../../../../src/contracts/base64.ts'
import { cutDataUri, STAND_IN } from '../../../../src/http/body/json-picture.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const valueOf = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>

const picture = fc.uint8Array({ minLength: 1, maxLength: 300 })
/** As clients write it: the scheme and the names have no case, the type may be wrong, and parameters may come before the coding. */
const head = fc.constantFrom(
  'data:image/png;base64',
  'data:image/jpeg;base64',
  'DATA:IMAGE/PNG;BASE64',
  'data:image/jpg;base64',
  'data:image/webp;charset=utf-8;base64',
  'data:;base64',
  'data:text/plain;base64',
)
const others = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 })

describe('cutting', () => {
  test('gives the bytes that the URI holds, and leaves every other member as it was', () => {
    fc.assert(
      fc.property(picture, head, others, others, fc.constantFrom(undefined, 1, '\t'), (bytes, kind, before, after, space) => {
        const { image: _, ...first } = before
        const { image: __, ...last } = after
        const uri = `${kind},${toBase64(bytes)}`
        const value = { ...first, image: uri, ...last }
        const body = bytesOf(JSON.stringify(value, null, space))
        const cut = cutDataUri(body)
        // A member before it may hold an `image` of its own, further in: then nothing is cut, or not this one.
        if (cut === null) return expect(JSON.stringify(first)).toContain('"image"')
        const rest = valueOf(cut.rest)
        if (rest['image'] !== STAND_IN) return expect(JSON.stringify(first)).toContain('"image"')
        expect(rest).toEqual(JSON.parse(JSON.stringify({ ...value, image: STAND_IN })))
        expect(cut.picture()).toEqual(bytes)
      }),
    )
  })

  test('takes a large picture in place: a view of the body', () => {
    const bytes = Uint8Array.from({ length: 1_000_000 }, (_, index) => (index * 7919) >> 3)
    const body = bytesOf(JSON.stringify({ image: `data:image/png;base64,${toBase64(bytes)}`, texts: ['a'] }))
    const cut = cutDataUri(body)!
    expect(cut.rest.length).toBeLessThan(200)
    const found = cut.picture()
    expect(found.buffer).toBe(body.buffer)
    expect(Buffer.compare(found, bytes)).toBe(0)
  })
})

describe('nothing is cut, and the whole is parsed', () => {
  const head = 'data:image/png;base64,'
  test.each([
    ['another scheme', '{"image": "https://example.com/a.png"}'],
    ['a reference', '{"image": {"id": "img_1"}}'],
    ['no base64', '{"image": "data:image/png,AAAA"}'],
    ['base64 that is no parameter', '{"image": "data:image/base64,AAAA"}'],
    ['escaped slashes', `{"image": "${head}AA\\/A"}`],
    ['white space', `{"image": "${head}AAAA AAAA"}`],
    ['no padding', `{"image": "${head}AAA"}`],
    ['too much padding', `{"image": "${head}AA==="}`],
    ['padding within', `{"image": "${head}AA==AAAA"}`],
    ['the other alphabet', `{"image": "${head}AA-_"}`],
    ['an empty picture', `{"image": "${head}"}`],
    ['no end', `{"image": "${head}AAAA`],
    ['no value', '{"image"'],
    ['nothing', ''],
    ['a text that quotes a body', JSON.stringify({ texts: [`{"image": "${head}AAAA"}`] })],
  ])('%s', (_, body) => {
    expect(cutDataUri(bytesOf(body))).toBeNull()
  })

  test.each([
    ['a second image', `{"image": "${head}AAAA", "image": "${head}BBBB"}`],
    ['an image further in', `{"classify": {"image": "${head}AAAA"}, "image": {"id": "img_1"}}`],
  ])('%s is seen by what stands in its place', (_, body) => {
    const cut = cutDataUri(bytesOf(body))
    expect(valueOf(cut!.rest)['image']).not.toBe(STAND_IN)
  })

  test('what stands in is a picture’s address like any other, so that the check of the request takes it', () => {
    expect(fromBase64(STAND_IN.slice(head.length))).not.toBeNull()
  })
})
