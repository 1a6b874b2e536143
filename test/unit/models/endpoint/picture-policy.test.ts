/** Pictures by signed, expiring addresses, and the size that an endpoint takes. */
import { describe, expect, test } from 'vitest'
import { Fault } from '../../../../src/contracts/failure.ts'
import type { PicturePolicy } from '../../../../src/contracts/endpoint.ts'
import type { ImageReference } from '../../../../src/contracts/item.ts'
import { encodeChatRequest } from '../../../../src/models/endpoint/chat/chat-request.ts'
import { encodePicture } from '../../../../src/models/endpoint/embeddings/embeddings-request.ts'
import { createOpenPicture, describeSent, named, needsName } from '../../../../src/models/endpoint/picture-policy.ts'
import { createSignedLinks } from '../../../../src/storage/signed-links.ts'

const KEY = Buffer.alloc(32, 3).toString('base64')
const SHA256 = 'ab'.repeat(32)
const image: ImageReference = { sha256: SHA256, media_type: 'image/png', bytes: 3, width: 20, height: 10 }
let now = 1_800_000_000_000
const clock = { now: () => now }
const links = createSignedLinks(KEY, 'https://assay.example.com/', clock)
const scaledTo: number[] = []
const open = (policy: Partial<PicturePolicy>, scale = async (_bytes: Uint8Array, most: number) => small(most)) =>
  createOpenPicture({
    send: policy.send ?? 'data_uri',
    maxPixels: policy.max_pixels ?? null,
    readImage: async () => new Uint8Array([1, 2, 3]),
    scale,
    links,
    tenant: 't',
    until: () => now + 60_000,
  })(image)
const small = (most: number) => {
  scaledTo.push(most)
  return { bytes: new Uint8Array([9, 9]), width: 14, height: 7 }
}

test('an address opens what it was signed for, until it expires, and nothing else', async () => {
  const sent = await open({ send: 'signed_url' })
  if (!('url' in sent)) throw new Error('no address')
  expect(sent.url).toMatch(/^https:\/\/assay\.example\.com\/v1\/pictures\/[\w-]+\.[\w-]+$/)
  const token = sent.url.split('/').at(-1)!
  expect(await links.open('picture', token)).toEqual(['t', SHA256, 'image/png'])
  expect(await links.open('submission', token)).toBeNull()
  for (const forged of [
    `x${token}`,
    `${token}x`,
    token.replace('.', ''),
    `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
    '',
  ])
    expect(await links.open('picture', forged), forged).toBeNull()
  const other = createSignedLinks(Buffer.alloc(32, 4).toString('base64'), 'https://assay.example.com', clock)
  expect(await other.open('picture', token)).toBeNull()
  now += 61_000
  expect(await links.open('picture', token)).toBeNull()
})

test('the key of an answer has the name of a picture, not its address', async () => {
  const [first, again] = [await open({ send: 'signed_url' }), ((now += 5000), await open({ send: 'signed_url' }))]
  expect(first).not.toEqual(again)
  expect(named(first)).toEqual(named(again))
  const message = (picture: typeof first) => ({ role: 'user' as const, content: [{ type: 'image' as const, image: picture }] })
  const text = (body: Uint8Array) => new TextDecoder().decode(body)
  const chat = (picture: typeof first) => text(encodeChatRequest({ model: 'm', sampling: {}, messages: [message(picture)] }))
  expect(JSON.parse(chat(first))).toMatchObject({
    messages: [{ content: [{ image_url: { url: (first as { url: string }).url } }] }],
  })
  expect(chat(named(first))).toContain(`"img_${SHA256}"`)
  const common = { model: 'm', encoding: 'float' as const }
  expect(JSON.parse(text(encodePicture(common, 'modality', first)))).toMatchObject({ input: [(first as { url: string }).url] })
  expect(JSON.parse(text(encodePicture(common, 'messages', first)))).toMatchObject({
    messages: [{ content: [{ image_url: { url: (first as { url: string }).url } }] }],
  })
})

describe('a picture above the limit of pixels', () => {
  test('is scaled down, and each item says what was sent', async () => {
    expect(describeSent(await open({ max_pixels: 199 }))).toEqual({
      as: 'data_uri',
      media_type: 'image/png',
      bytes: 2,
      scaled_to: 199,
      width: 14,
      height: 7,
    })
    expect(scaledTo).toEqual([199])
    expect(describeSent(await open({ max_pixels: 200 }))).toEqual({ as: 'data_uri', media_type: 'image/png', bytes: 3 })
    expect(describeSent(await open({ send: 'signed_url' }))).toEqual({
      as: 'signed_url',
      media_type: 'image/png',
      sha256: SHA256,
    })
  })

  test('is scaled behind its address as well', async () => {
    const sent = await open({ send: 'signed_url', max_pixels: 50 })
    const token = (sent as { url: string }).url.split('/').at(-1)!
    expect(await links.open('picture', token)).toEqual(['t', SHA256, 'image/png', '50'])
    expect(describeSent(sent)).toEqual({ as: 'signed_url', media_type: 'image/png', sha256: SHA256, scaled_to: 50 })
  })

  test('has a name in the key of an answer that tells it from the whole picture and from other sizes', async () => {
    const names = await Promise.all(
      [{}, { max_pixels: 50 }, { max_pixels: 60 }].map(async (more) => {
        const [data, link] = [await open(more), await open({ ...more, send: 'signed_url' })]
        expect([needsName(data), needsName(link)]).toEqual(['max_pixels' in more, true])
        if ('max_pixels' in more) expect(named(data)).toEqual(named(link))
        return (named(link) as { url: string }).url
      }),
    )
    expect(names).toEqual([`img_${SHA256}`, `img_${SHA256}/assay.scale/1/50`, `img_${SHA256}/assay.scale/1/60`])
  })

  test('that cannot be decoded is an error of its item', async () => {
    const scale = () => Promise.reject(new Fault({ kind: 'bad_image', reason: 'corrupt', detail: 'the data is damaged' }))
    await expect(open({ max_pixels: 1 }, scale)).rejects.toMatchObject({ code: 'picture_not_scaled' })
  })
})

test('without a public address or a key nothing is signed, with the name of what is missing', async () => {
  await expect(createSignedLinks(KEY, '', clock).url('picture', [], now, '')).rejects.toThrow('PUBLIC_URL')
  await expect(createSignedLinks(undefined, 'https://a.example', clock).url('picture', [], now, '')).rejects.toThrow(
    'SECRETS_KEY',
  )
})
