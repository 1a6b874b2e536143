/**
 * Bad requests by hand: `/v1/images`, `/v1/files` and `/v1/uploads`.
 * @module
 */
import { type Case, conflict, invalid } from '../case.ts'
import { blob, changed, formOf, json } from '../forms.ts'
import { samplePng } from '../../../support/png.ts'
import { resultsForm } from '../../../support/tiny-datasets.ts'
import type { World } from '../world.ts'

export const filesCases = ({ ids, bodies: { valid, spoiled } }: World): Case[] => [
  // /v1/images, /v1/files
  {
    route: 'POST /v1/images',
    class: 'type',
    what: 'a picture as text',
    request: () => ({ body: formOf({ image: 'x' }) }),
    pointer: 'image',
    ...invalid,
  },
  {
    route: 'POST /v1/images',
    class: 'syntax',
    what: 'two pictures',
    request: () => ({ body: formOf({ image: [blob(samplePng(1)), blob(samplePng(2))] }) }),
    pointer: 'image',
    ...invalid,
  },
  {
    route: 'GET /v1/images/{id}',
    class: 'reference',
    what: 'a digest instead of an id',
    path: () => `/v1/images/${ids.image.slice(4)}`,
    status: 404,
    code: 'not_found',
  },
  {
    route: 'POST /v1/files',
    class: 'range',
    what: 'another purpose',
    request: () => changed(resultsForm(1), { purpose: 'assistants' }),
    pointer: 'purpose',
    ...invalid,
  },
  {
    route: 'POST /v1/files',
    class: 'syntax',
    what: 'no purpose',
    request: () => changed(resultsForm(1), { purpose: null }),
    pointer: 'purpose',
    ...invalid,
  },
  {
    route: 'POST /v1/files',
    class: 'syntax',
    what: 'no file',
    request: () => changed(resultsForm(1), { file: null }),
    pointer: 'file',
    ...invalid,
  },
  {
    route: 'POST /v1/files',
    class: 'type',
    what: 'a file as text',
    request: () => changed(resultsForm(1), { file: 'x' }),
    pointer: 'file',
    ...invalid,
  },
  {
    route: 'POST /v1/files',
    class: 'size',
    what: 'an empty file',
    request: () => changed(resultsForm(1), { file: new File([], 'empty.json') }),
    pointer: 'file',
    ...invalid,
  },
  {
    route: 'POST /v1/files',
    class: 'size',
    what: 'a long file name',
    request: () => changed(resultsForm(1), { file: new File(['[]'], 'x'.repeat(256)) }),
    pointer: 'file',
    ...invalid,
  },

  // /v1/uploads
  ...(
    [
      ['range', 'another purpose', { purpose: 'fine-tune' }, '/purpose', /"evals"/],
      ['range', 'no bytes', { bytes: 0 }, '/bytes', /at least 1/],
      ['size', 'more bytes than a file may have', { bytes: 2_000_000_001 }, '/bytes', /at most 2000000000/],
      ['range', 'half a byte', { bytes: 1.5 }, '/bytes', /whole number/],
      ['range', 'no name', { filename: '' }, '/filename', /must not be empty/],
      ['size', 'a name of 256 characters', { filename: 'x'.repeat(256) }, '/filename', /at most 255/],
    ] as const
  ).map(([class_, what, change, pointer, detail]): Case => ({
    route: 'POST /v1/uploads',
    class: class_,
    what,
    request: spoiled('POST /v1/uploads', change),
    pointer,
    ...invalid,
    detail,
  })),
  ...(
    [
      ['type', 'a part as text', { data: 'abc' }, 'data', /file/],
      ['size', 'an empty part', { data: new File([], 'part') }, 'data', /empty/],
      ['syntax', 'two parts', { data: [new File(['a'], 'part'), new File(['b'], 'part')] }, 'data', /only field/],
      ['syntax', 'a field beside the part', { data: new File(['a'], 'part'), purpose: 'evals' }, 'data', /only field/],
    ] as const
  ).map(([class_, what, fields, pointer, detail]): Case => ({
    route: 'POST /v1/uploads/{id}/parts',
    class: class_,
    what,
    request: () => ({ body: formOf(fields) }),
    pointer,
    ...invalid,
    detail,
  })),
  {
    route: 'POST /v1/uploads/{id}/parts',
    class: 'size',
    what: 'more bytes than were declared',
    request: () => ({ body: formOf({ data: new File(['xyz'], 'part') }) }),
    pointer: 'data',
    status: 413,
    code: 'too_large',
    detail: /declared/,
  },
  ...(
    [
      ['reference', 'an unknown part', () => ({ part_ids: [ids.part, 'part_0'] }), '/part_ids/1', /no part "part_0"/],
      ['range', 'a part twice', () => ({ part_ids: [ids.part, ids.part] }), '/part_ids/1', /named before/],
      ['range', 'no part', () => ({ part_ids: [] }), '/part_ids', /at least 1/],
      ['size', '1001 parts', () => ({ part_ids: Array.from({ length: 1001 }, () => 'part_0') }), '/part_ids', /at most 1000/],
      ['range', 'fewer bytes than were declared', () => ({ part_ids: [ids.part] }), '/part_ids', /have 4 bytes in all/],
      ['range', 'an MD5 that is none', () => ({ md5: 'x'.repeat(32) }), '/md5', /32 hex digits/],
    ] as const
  ).map(([class_, what, change, pointer, detail]): Case => ({
    route: 'POST /v1/uploads/{id}/complete',
    class: class_,
    what,
    request: () => json({ ...valid['POST /v1/uploads/{id}/complete']!(), ...change() }),
    pointer,
    ...invalid,
    detail,
  })),
  ...(['parts', 'complete'] as const).map((verb): Case => ({
    route: `POST /v1/uploads/{id}/${verb}`,
    class: 'conflict',
    what: 'an upload that was cancelled',
    path: () => `/v1/uploads/${ids.cancelled}/${verb}`,
    request: () =>
      verb === 'parts' ? { body: formOf({ data: new File(['a'], 'part') }) } : json(valid['POST /v1/uploads/{id}/complete']!()),
    ...conflict,
    detail: /cancelled/,
  })),
]
