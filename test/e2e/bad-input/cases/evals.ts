/**
 * Bad requests by hand: `/v1/evals`.
 * @module
 */
import { type Case, type Class, conflict, invalid, unprocessable, type Request } from '../case.ts'
import { json, many } from '../forms.ts'
import type { World } from '../world.ts'

export const evalsCases = ({ ids, bodies: { evalWith } }: World): Case[] => [
  // /v1/evals
  ...(
    [
      ['syntax', 'no criteria', evalWith({ testing_criteria: undefined }), '/testing_criteria', invalid, /missing/],
      ['range', 'an empty list of criteria', evalWith({ testing_criteria: [] }), '/testing_criteria', invalid, /at least 1/],
      [
        'size',
        '17 criteria',
        evalWith({ testing_criteria: Array.from({ length: 17 }, (_, index) => ({ type: 'retrieval', name: `r${index}` })) }),
        '/testing_criteria',
        invalid,
        /at most 16/,
      ],
      [
        'conflict',
        'two criteria of one name',
        evalWith({
          testing_criteria: [
            { type: 'retrieval', name: 'r' },
            { type: 'retrieval', name: 'r' },
          ],
        }),
        '/testing_criteria',
        invalid,
        /differ/,
      ],
      [
        'range',
        'a criterion of an unknown type',
        evalWith({ testing_criteria: [{ type: 'exact_match', name: 's' }] }),
        '/testing_criteria/0/type',
        invalid,
        /"image_text_similarity", "retrieval", "vqa_accuracy"/,
      ],
      [
        'range',
        'an unknown variant',
        evalWith({ testing_criteria: [{ type: 'image_text_similarity', name: 's', variant: 'x' }] }),
        '/testing_criteria/0/variant',
        invalid,
        /"cosine"/,
      ],
      [
        'range',
        'a threshold that is not a number',
        () =>
          json(
            `{"data_source_config":{"type":"dataset","task":"retrieval"},"testing_criteria":[{"type":"image_text_similarity","name":"s","pass_threshold":1e999}]}`,
          ),
        '/testing_criteria/0/pass_threshold',
        invalid,
        /beyond the range of a number/,
      ],
      [
        'range',
        'another data source',
        evalWith({ data_source_config: { type: 'spreadsheet' } }),
        '/data_source_config/type',
        invalid,
        /"dataset"/,
      ],
      [
        'range',
        'an unknown task',
        evalWith({ data_source_config: { type: 'dataset', task: 'captions' } }),
        '/data_source_config/task',
        invalid,
        /"retrieval", "vqa"/,
      ],
      [
        'conflict',
        'a criterion that does not fit the task',
        evalWith({ testing_criteria: [{ type: 'vqa_accuracy', name: 'v' }] }),
        '/testing_criteria/0/type',
        unprocessable,
        /vqa/,
      ],
      ['size', '17 pairs of metadata', evalWith({ metadata: many(17) }), '/metadata', invalid, /16/],
      [
        'size',
        'a metadata key of 65 characters',
        evalWith({ metadata: { ['k'.repeat(65)]: 'v' } }),
        `/metadata/${'k'.repeat(65)}`,
        invalid,
        /64/,
      ],
      [
        'size',
        'a metadata value of 513 characters',
        evalWith({ metadata: { k: 'v'.repeat(513) } }),
        '/metadata/k',
        invalid,
        /512/,
      ],
      ['type', 'a metadata value that is a number', evalWith({ metadata: { k: 1 } }), '/metadata/k', invalid, /string/],
      [
        'syntax',
        'metadata called __proto__',
        () => json('{"metadata":{"__proto__":"x"}}'),
        '/metadata/__proto__',
        invalid,
        /remove/,
      ],
      ['size', 'a name of 257 characters', evalWith({ name: 'x'.repeat(257) }), '/name', invalid, /at most 256/],
    ] as [Class, string, () => Request, string, { status: number; code: string }, RegExp][]
  ).map(([class_, what, request, pointer, answer, detail]): Case => ({
    route: 'POST /v1/evals',
    class: class_,
    what,
    request,
    pointer,
    ...answer,
    detail,
  })),
  {
    route: 'POST /v1/evals/{eval_id}',
    class: 'size',
    what: '17 pairs of metadata',
    request: () => json({ metadata: many(17) }),
    pointer: '/metadata',
    ...invalid,
  },
  {
    route: 'DELETE /v1/evals/{eval_id}',
    class: 'conflict',
    what: 'with a run in progress and a trigger',
    ...conflict,
    detail: /trigger/,
  },
  {
    route: 'GET /v1/evals',
    class: 'range',
    what: 'an order that is not kept',
    path: () => '/v1/evals?order_by=name',
    pointer: 'order_by',
    ...invalid,
  },
  {
    route: 'GET /v1/evals/{eval_id}/runs',
    class: 'range',
    what: 'an unknown status',
    path: () => `/v1/evals/${ids.vqaEval}/runs?status=done`,
    pointer: 'status',
    ...invalid,
    detail: /"completed"/,
  },
]
