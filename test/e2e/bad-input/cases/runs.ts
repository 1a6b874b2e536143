/**
 * Bad requests by hand: runs that exist.
 * @module
 */
import { type Case, conflict, invalid, RUNS, unprocessable } from '../case.ts'
import { json } from '../forms.ts'
import type { World } from '../world.ts'

export const runsCases = ({ ids, bodies: { edgeRun, on, resultsRun, runPath, sourceWith } }: World): Case[] => [
  {
    route: 'POST /v1/comparisons',
    class: 'reference',
    what: 'a run with itself',
    request: () => json({ baseline: ids.endedRun, treatments: [ids.otherRun, ids.endedRun] }),
    pointer: '/treatments/1',
    ...invalid,
    detail: /is the baseline/,
  },
  {
    route: RUNS,
    class: 'syntax',
    what: 'scores that are not JSON',
    ...on(() => ids.scoreEval),
    request: sourceWith(() => ({ subject: { type: 'scores', file_id: ids.notJson, name: 'x' } })),
    pointer: '/data_source/subject/file_id',
    ...unprocessable,
    detail: /scores file, \/0: is not JSON/,
  },
  {
    route: RUNS,
    class: 'conflict',
    what: 'results for retrieval',
    ...on(() => ids.retrievalEval),
    request: () => json({ data_source: { ...resultsRun(ids.file).data_source, dataset: ids.retrieval } }),
    pointer: '/data_source/subject',
    ...unprocessable,
  },
  {
    route: RUNS,
    class: 'authorization',
    what: "another tenant's eval",
    request: () => json(edgeRun()),
    key: () => ids.stranger,
    status: 404,
    code: 'not_found',
  },
  {
    route: 'POST /v1/evals/{eval_id}/runs/{run_id}',
    class: 'conflict',
    what: 'cancel what has ended',
    ...conflict,
    detail: /already ended/,
  },
  {
    route: 'POST /v1/evals/{eval_id}/runs/{run_id}/cancel',
    class: 'conflict',
    what: 'cancel what has ended',
    ...conflict,
    detail: /already ended/,
  },
  {
    route: 'POST /v1/evals/{eval_id}/runs/{run_id}',
    class: 'syntax',
    what: 'a change, which would cancel',
    request: () => json({ visibility: 'private' }),
    pointer: '/visibility',
    ...invalid,
    detail: /cancels the run/,
  },
  ...(
    [
      ['type', 'a visibility that is not a text', { visibility: 1 }, '/visibility'],
      ['range', 'a visibility that there is not', { visibility: 'hidden' }, '/visibility'],
      ['range', 'no visibility', {}, '/visibility'],
      ['syntax', 'another member', { visibility: 'private', name: 'x' }, '/name'],
    ] as const
  ).map(([class_, what, body, pointer]): Case => ({
    route: 'PATCH /v1/evals/{eval_id}/runs/{run_id}',
    class: class_,
    what,
    request: () => json(body),
    pointer,
    ...invalid,
  })),
  {
    route: 'GET /v1/evals/{eval_id}/runs/{run_id}',
    class: 'reference',
    what: "another eval's run",
    path: () => `/v1/evals/${ids.retrievalEval}/runs/${ids.endedRun}`,
    status: 404,
    code: 'not_found',
  },
  {
    route: 'GET /v1/evals/{eval_id}/runs/{run_id}/output_items',
    class: 'reference',
    what: "after another run's item",
    path: () => `${runPath(ids.openRun)}/output_items?after=${ids.outputItem}`,
    pointer: 'after',
    ...invalid,
  },
  {
    route: 'GET /v1/evals/{eval_id}/runs/{run_id}/output_items/{output_item_id}',
    class: 'reference',
    what: 'an item beyond the last',
    path: () => `${runPath(ids.endedRun)}/output_items/${ids.outputItem.replace(/\d$/, '4')}`,
    status: 404,
    code: 'not_found',
  },
  {
    route: 'GET /v1/evals/{eval_id}/runs/{run_id}/output_items/{output_item_id}',
    class: 'reference',
    what: 'an item that is not scored yet',
    path: () => `${runPath(ids.openRun)}/output_items/${ids.outputItem.replace(ids.endedRun.slice(8), ids.openRun.slice(8))}`,
    status: 404,
    code: 'not_found',
  },
  {
    route: 'GET /v1/evals/{eval_id}/runs/{run_id}/exports/results',
    class: 'range',
    what: 'another way with items that have no answer',
    path: () => `${runPath(ids.endedRun)}/exports/results?unanswered=empty`,
    pointer: 'unanswered',
    ...invalid,
  },
  {
    route: 'GET /v1/evals/{eval_id}/runs/{run_id}/exports/eval_results.yaml',
    class: 'range',
    what: 'a benchmark without an owner',
    path: () => `${runPath(ids.endedRun)}/exports/eval_results.yaml?dataset=vqa&task_id=vqa`,
    pointer: 'dataset',
    ...invalid,
    detail: /owner\/name/,
  },
]
