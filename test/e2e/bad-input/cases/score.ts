/**
 * Bad requests by hand: `POST /v1/score`.
 * @module
 */
import { type Case, invalid } from '../case.ts'
import { ascii } from '../../../unit/media/build.ts'
import { blob, formOf } from '../forms.ts'
import { samplePng } from '../../../support/png.ts'
import type { World } from '../world.ts'

export const scoreCases = ({ ids, bodies: { spoiled } }: World): Case[] => [
  // /v1/score
  ...(
    [
      ['type', 'an address as the picture', { image: 'https://example.com/dog.png' }, '/image', invalid, /data: URI/],
      [
        'syntax',
        'a data: URI whose bytes are not a picture, whatever its type says',
        { image: 'data:image/png;base64,AAAA' },
        '/image',
        { status: 422, code: 'bad_image.unknown_format' },
        /match no known image format/,
      ],
      ['syntax', 'a data: URI that is not base64', { image: 'data:image/png;base64,@@@@' }, '/image', invalid, /base64/],
      ['type', 'an id of another shape', { image: { id: 'img_1' } }, '/image/id', invalid, /64 hex/],
      [
        'reference',
        'an id of no picture',
        { image: { id: `img_${'0'.repeat(64)}` } },
        '/image/id',
        { status: 404, code: 'not_found' },
        /img_0/,
      ],
      ['reference', 'an unknown model', { model: 'constructor' }, '/model', { status: 404, code: 'not_found' }, /constructor/],
      ['range', 'no texts', { texts: [] }, '/texts', invalid, /at least 1/],
      ['size', 'too many texts', { texts: Array.from({ length: 65 }, () => 'x') }, '/texts', invalid, /at most 64/],
      ['size', 'a text that is too long', { texts: ['fine', 'x'.repeat(8193)] }, '/texts/1', invalid, /at most 8192/],
      ['type', 'a number as a text', { texts: [7] }, '/texts/0', invalid, /must be a string, is the number 7/],
      ['syntax', 'neither texts nor labels', { texts: undefined }, '/texts', invalid, /is missing.*classify/],
      [
        'syntax',
        'texts and labels',
        { variant: undefined, classify: { labels: ['a', 'b'] } },
        '/classify',
        invalid,
        /cannot go with texts/,
      ],
      ...(
        [
          ['type', 'labels of another type', 7, '', /must be an object, is the number 7/],
          ['syntax', 'no labels', {}, '/labels', /is missing/],
          ['range', 'one label', { labels: ['a'] }, '/labels', /at least 2/],
          [
            'size',
            'too many labels',
            { labels: Array.from({ length: 1001 }, (_, index) => `${index}`) },
            '/labels',
            /at most 1000/,
          ],
          ['type', 'a number as a label', { labels: ['a', 7] }, '/labels/1', /must be/],
          ['range', 'an empty label', { labels: ['a', ''] }, '/labels/1', /not be empty/],
          ['size', 'a label that is too long', { labels: ['a', 'x'.repeat(1025)] }, '/labels/1', /at most 1024/],
          ['reference', 'the same label twice', { labels: ['a', 'b', 'a'] }, '/labels/2', /label at 0 again/],
          ['syntax', 'a label without prompts', { labels: ['a', { label: 'b' }] }, '/labels/1/prompts', /is missing/],
          ['range', 'a label with no prompts', { labels: ['a', { label: 'b', prompts: [] }] }, '/labels/1/prompts', /at least 1/],
          ['range', 'an empty prompt', { labels: ['a', { label: 'b', prompts: [' '] }] }, '/labels/1/prompts/0', /not be empty/],
          [
            'syntax',
            'an unknown field of a label',
            { labels: ['a', { label: 'b', prompts: ['c'], weight: 1 }] },
            '/labels/1/weight',
            /known/,
          ],
          ['range', 'no templates', { labels: ['a', 'b'], templates: [] }, '/templates', /at least 1/],
          ['syntax', 'a template without {}', { labels: ['a', 'b'], templates: ['a picture'] }, '/templates/0', /must have \{\}/],
          ['reference', 'the same template twice', { labels: ['a', 'b'], templates: ['{}', '{}'] }, '/templates/1', /at 0 again/],
          [
            'size',
            'too many prompts',
            {
              labels: Array.from({ length: 21 }, (_, index) => `label ${index}`),
              templates: Array.from({ length: 100 }, (_, index) => `${index} {}`),
            },
            '/labels',
            /make 2100 prompts, at most 2000/,
          ],
          ['syntax', 'an unknown field of classify', { labels: ['a', 'b'], template: 'a {}' }, '/template', /not a known field/],
        ] as const
      ).map(
        ([class_, what, classify, pointer, detail]) =>
          [class_, what, { texts: undefined, variant: undefined, classify }, `/classify${pointer}`, invalid, detail] as const,
      ),
      [
        'syntax',
        'a variant with labels',
        { texts: undefined, classify: { labels: ['a', 'b'] } },
        '/variant',
        invalid,
        /leave it out/,
      ],
      [
        'range',
        'an unknown variant',
        { variant: 'clip-score' },
        '/variant',
        invalid,
        /"clipscore-2.5", "torchmetrics-100", "cosine"/,
      ],
    ] as const
  ).map(([class_, what, change, pointer, answer, detail]): Case => ({
    route: 'POST /v1/score',
    class: class_,
    what,
    request: spoiled('POST /v1/score', change),
    pointer,
    ...answer,
    detail,
  })),
  ...(
    [
      ['syntax', 'a form without a picture', { text: 'a dog' }, 'image', invalid],
      ['type', 'a picture as text', { image: 'dog', text: 'a dog' }, 'image', invalid],
      ['syntax', 'two pictures', { image: [blob(samplePng(1)), blob(samplePng(2))], text: 'a dog' }, 'image', invalid],
      ['syntax', 'a form without a text', { image: blob(samplePng(1)) }, 'text', invalid],
      ['type', 'a text as a file', { image: blob(samplePng(1)), text: blob(ascii('a dog')) }, 'text', invalid],
      [
        'size',
        'a form with too many texts',
        { image: blob(samplePng(1)), text: Array.from({ length: 65 }, () => 'x') },
        'text',
        invalid,
      ],
      ['range', 'a form with an unknown variant', { image: blob(samplePng(1)), text: 'x', variant: 'x' }, 'variant', invalid],
      [
        'syntax',
        'a form with two variants',
        { image: blob(samplePng(1)), text: 'x', variant: ['cosine', 'cosine'] },
        'variant',
        invalid,
      ],
      [
        'reference',
        'a form with an unknown model',
        { image: blob(samplePng(1)), text: 'x', model: 'x' },
        'model',
        { status: 404, code: 'not_found' },
      ],
      ['syntax', 'a form with an unknown field', { image: blob(samplePng(1)), texts: 'x' }, 'texts', invalid],
      ...(
        [
          ['syntax', 'with labels that are not JSON', '{"labels": ', 'classify'],
          ['range', 'with half a surrogate pair in a label', '{"labels": ["\\ud800", "b"]}', 'classify#/labels/0'],
          ['type', 'with an array of labels', '["a", "b"]', 'classify'],
          ['reference', 'with the same label twice', '{"labels": ["a", "a"]}', 'classify#/labels/1'],
          ['syntax', 'with a template without {}', '{"labels": ["a", "b"], "templates": ["a"]}', 'classify#/templates/0'],
        ] as const
      ).map(
        ([class_, what, classify, pointer]) =>
          [class_, `a form ${what}`, { image: blob(samplePng(1)), classify }, pointer, invalid] as const,
      ),
      [
        'syntax',
        'a form with texts and labels',
        { image: blob(samplePng(1)), text: 'x', classify: '{"labels": ["a", "b"]}' },
        'classify',
        invalid,
      ],
      ['type', 'a form with labels as a file', { image: blob(samplePng(1)), classify: blob(ascii('{}')) }, 'classify', invalid],
    ] as const
  ).map(([class_, what, fields, pointer, answer]): Case => ({
    route: 'POST /v1/score',
    class: class_,
    what,
    request: () => ({ body: formOf(fields) }),
    pointer,
    ...answer,
  })),
  {
    route: 'POST /v1/score',
    class: 'authorization',
    what: 'a stored picture without a key',
    request: spoiled('POST /v1/score', {}),
    key: () => null,
    status: 401,
    code: 'unauthenticated',
  },
  {
    route: 'POST /v1/score',
    class: 'authorization',
    what: "another tenant's picture",
    request: spoiled('POST /v1/score', {}),
    key: () => ids.stranger,
    status: 404,
    code: 'not_found',
    pointer: '/image/id',
  },
  {
    route: 'POST /v1/score',
    class: 'authorization',
    what: 'more texts than the visitors of a day have left',
    request: () => ({ body: formOf({ image: blob(samplePng(1)), text: ['a', 'b', 'c', 'd'] }) }),
    key: () => null,
    status: 429,
    code: 'rate_limited',
    detail: /daily budget of 3/,
    headers: { 'retry-after': /^\d{1,5}$/ },
  },
  {
    route: 'POST /v1/score',
    class: 'authorization',
    what: 'more prompts than the visitors of a day have left',
    request: () => ({
      body: formOf({ image: blob(samplePng(1)), classify: '{"labels": ["a", "b"], "templates": ["{}", "a {}"]}' }),
    }),
    key: () => null,
    status: 429,
    code: 'rate_limited',
    detail: /daily budget of 3/,
    headers: { 'retry-after': /^\d{1,5}$/ },
  },
]
