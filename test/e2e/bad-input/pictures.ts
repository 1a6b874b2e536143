/**
 * Pictures that no route takes, sent to every route that takes pictures.
 * @module
 */
import { retrievalForm } from '../../support/tiny-datasets.ts'
import {
  ascii,
  concat,
  idat,
  ihdr,
  jpegFrame,
  png,
  pngChunk,
  scan,
  smallPng,
  SOI,
  webp,
  webpChunk,
  webpExtended,
  webpLossy,
} from '../../unit/media/build.ts'
import type { Case, Class } from './case.ts'
import { blob, formOf, json } from './forms.ts'

const gif = ascii('GIF89a.....')
const PICTURES: readonly { what: string; bytes: Uint8Array; status: number; code: string; class: Class; decoded?: true }[] = [
  { what: 'nothing', bytes: new Uint8Array(), status: 422, code: 'bad_image.empty', class: 'size' },
  { what: 'text', bytes: ascii('hello, I am a picture'), status: 422, code: 'bad_image.unknown_format', class: 'type' },
  { what: 'half a GIF', bytes: gif, status: 422, code: 'bad_image.truncated', class: 'syntax' },
  { what: 'an HEIC', bytes: ascii('\0\0\0\x18ftypheic'), status: 415, code: 'unsupported_media_type', class: 'type' },
  { what: 'an AVIF', bytes: ascii('\0\0\0\x1cftypavif'), status: 415, code: 'unsupported_media_type', class: 'type' },
  { what: 'an SVG', bytes: ascii('<svg xmlns='), status: 415, code: 'unsupported_media_type', class: 'type' },
  { what: 'half a PNG', bytes: smallPng().subarray(0, 60), status: 422, code: 'bad_image.truncated', class: 'syntax' },
  { what: 'a PNG with a wrong checksum', bytes: smallPng().with(20, 7), status: 422, code: 'bad_image.corrupt', class: 'syntax' },
  {
    what: 'a PNG of no size',
    bytes: png(ihdr(0, 10), idat(new Uint8Array(10)), pngChunk('IEND')),
    status: 422,
    code: 'bad_image.zero_size',
    class: 'range',
  },
  {
    what: 'an animated WebP whose first frame is a part',
    bytes: webp(
      webpExtended(2, 10, 10),
      webpChunk('ANMF', concat(new Uint8Array(6), [3, 0, 0, 3, 0, 0], new Uint8Array(4), webpLossy(4, 4))),
    ),
    status: 422,
    code: 'bad_image.animated',
    class: 'range',
  },
  {
    what: 'a JPEG without an end',
    bytes: concat(SOI, jpegFrame(0xc0, 8, 8), scan()),
    status: 422,
    code: 'bad_image.truncated',
    class: 'syntax',
  },
  {
    what: 'a PNG that says it is huge',
    bytes: png(ihdr(20_000, 20_000), idat(new Uint8Array(10)), pngChunk('IEND')),
    status: 413,
    code: 'too_large',
    class: 'size',
  },
  {
    what: 'more bytes than a picture may have',
    bytes: concat(smallPng(), new Uint8Array(8 * 1024 * 1024)),
    status: 413,
    code: 'too_large',
    class: 'size',
  },
  {
    what: 'a PNG with too little data',
    bytes: png(ihdr(10, 10), idat(new Uint8Array(31)), pngChunk('IEND')),
    status: 422,
    code: 'bad_image.',
    class: 'syntax',
    decoded: true,
  },
  {
    what: 'a PNG that inflates to more than it says',
    bytes: png(ihdr(10, 10), idat(new Uint8Array(4_000_000)), pngChunk('IEND')),
    status: 422,
    code: 'bad_image.',
    class: 'size',
    decoded: true,
  },
]

export function pictureCases(): Case[] {
  return PICTURES.flatMap(({ what, bytes, status, code, class: class_, decoded }): Case[] => {
    const common = { class: class_, what: `a picture: ${what}`, status, code }
    const uri = () => `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`
    const dataset = () => {
      // An item names it: a file that no item names is left out.
      const form = retrievalForm('with a bad picture', 2)
      const [, ...others] = form.getAll('images') as File[]
      form.delete('images')
      for (const each of [blob(bytes, '1.png'), ...others]) form.append('images', each)
      return { body: form }
    }
    return [
      {
        ...common,
        route: 'POST /v1/score',
        request: () => ({ body: formOf({ image: blob(bytes), text: 'a dog' }) }),
        pointer: 'image',
      },
      ...(bytes.length > 1e6
        ? []
        : [
            {
              ...common,
              what: `${common.what}, in JSON`,
              route: 'POST /v1/score',
              request: () => json({ image: uri(), texts: ['a dog'] }),
              pointer: '/image',
            },
          ]),
      ...(decoded
        ? []
        : [
            { ...common, route: 'POST /v1/images', request: () => ({ body: formOf({ image: blob(bytes) }) }), pointer: 'image' },
            { ...common, route: 'POST /v1/datasets', request: dataset, pointer: 'images/0', detail: /1\.png/ },
          ]),
    ]
  })
}
