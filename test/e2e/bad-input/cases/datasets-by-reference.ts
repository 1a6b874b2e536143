/**
 * Bad requests by hand: `POST /v1/datasets` by reference and in Assay’s own format.
 * @module
 */
import { type Case, type Class, DATASETS, invalid, unprocessable } from '../case.ts'
import { ascii } from '../../../unit/media/build.ts'
import { blob, formOf, json } from '../forms.ts'
import type { World } from '../world.ts'

export const datasetsByReferenceCases = ({ ids, bodies: { valid } }: World): Case[] => [
  // /v1/datasets by reference
  ...(
    [
      ['range', 'a name with a slash', () => ({ name: 'a/b' }), '/name', invalid, /letters, digits/],
      ['range', 'an unknown format', () => ({ format: 'constructor' }), '/format', invalid, /karpathy, vqa-v2/],
      [
        'range',
        'a format that needs pictures',
        () => ({ format: 'karpathy', files: { annotations: ids.annotations } }),
        '/images',
        invalid,
        /pictures/,
      ],
      ['syntax', 'a split where none is read', () => ({ split: 'test' }), '/split', invalid, /leave it out/],
      [
        'range',
        'an empty split',
        () => ({ format: 'coin', split: '', files: { annotations: ids.annotations } }),
        '/split',
        invalid,
        /1–128/,
      ],
      ['syntax', 'no annotations', () => ({ files: { questions: ids.questions } }), '/files/annotations', invalid, /missing/],
      ['syntax', 'no questions', () => ({ files: { annotations: ids.annotations } }), '/files/questions', invalid, /missing/],
      ['syntax', 'questions where none are read', () => ({ format: 'nlvr2' }), '/files/questions', invalid, /leave it out/],
      [
        'reference',
        'an unknown file',
        () => ({ files: { questions: ids.questions, annotations: 'file-0' } }),
        '/files/annotations',
        { status: 404, code: 'not_found' },
        /file-0/,
      ],
      ['size', 'no picture in a list', () => ({ images: [] }), '/images', invalid, /at least 1/],
      [
        'reference',
        'an unknown archive',
        () => ({ images: [{ file_id: 'file-0' }] }),
        '/images/0',
        { status: 404, code: 'not_found' },
        /file-0/,
      ],
    ] as [Class, string, () => Record<string, unknown>, string, { status: number; code: string }, RegExp][]
  ).map(([class_, what, change, pointer, answer, detail]): Case => ({
    route: DATASETS,
    class: class_,
    what: `by reference: ${what}`,
    request: () => json({ ...valid[DATASETS]!(), ...change() }),
    pointer,
    ...answer,
    detail,
  })),

  // /v1/datasets in Assay's own format
  ...(
    [
      ['syntax', 'that is not JSON', '{', '', /not JSON/],
      ['type', 'that is a list', '[]', '', /must be an object/],
      ['range', 'of an unknown task', { task: 'caption' }, '/task', /"retrieval" or "vqa"/],
      ['type', 'whose answers are one text', { answers: 'x' }, '/answers', /must be an array/],
      ['range', 'without an answer', { answers: [] }, '/answers', /empty/],
      ['syntax', 'with a misspelt member', { clutser: 'c' }, '/clutser', /not a member/],
      ['syntax', 'with a sample', { item: {}, sample: {} }, '/sample', /results file/],
      ['range', 'with half of a surrogate pair', { question: '\ud800' }, '/question', /surrogate/],
      ['reference', 'whose id was used', { id: 'a' }, '/id', /already used by line 1/],
      ['range', 'whose picture lies outside the folder', { image: '../b.png' }, '/image', /below the folder of the pictures/],
    ] as [Class, string, string | object, string, RegExp][]
  ).map(([class_, what, line, at, detail]): Case => ({
    route: DATASETS,
    class: class_,
    what: `an item ${what}`,
    request: () => {
      const item = { task: 'vqa', id: 'a', question: '?', answers: ['x'] }
      const second = typeof line === 'string' ? line : JSON.stringify({ ...('item' in line ? {} : item), id: 'b', ...line })
      const annotations = blob(ascii(`${JSON.stringify(item)}\n${second}\n`))
      return { body: formOf({ name: 'items', format: 'items-jsonl', annotations }) }
    },
    pointer: `annotations#/1${at}`,
    ...unprocessable,
    detail,
  })),
]
