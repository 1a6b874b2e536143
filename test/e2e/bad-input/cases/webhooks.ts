/**
 * Bad requests by hand: webhook targets, triggers and hooks.
 * @module
 */
import { type Case, type Class, invalid, unprocessable } from '../case.ts'
import { json } from '../forms.ts'
import type { World } from '../world.ts'

export function webhooksCases(world: World): Case[] {
  const {
    ids,
    bodies: { resultsRun, triggerWith },
  } = world
  return [
    // webhooks
    {
      route: 'POST /v1/webhook_endpoints',
      class: 'range',
      what: 'a private address',
      request: () => json({ url: 'https://192.168.0.1/hook' }),
      pointer: '/url',
      ...invalid,
    },
    {
      route: 'POST /v1/webhook_endpoints',
      class: 'range',
      what: 'the Worker itself',
      request: () => json({ url: `${world.url()}/hooks/x` }),
      pointer: '/url',
      ...invalid,
    },
    {
      route: 'POST /v1/webhook_endpoints',
      class: 'syntax',
      what: 'no address',
      request: () => json({}),
      pointer: '/url',
      ...invalid,
      detail: /missing/,
    },
    ...(
      [
        ['range', 'an unknown scheme', () => ({ scheme: 'gitlab' }), '/scheme', invalid, /"github", "standard_webhooks"/],
        ['size', 'a short secret', () => ({ secret: 'short' }), '/secret', invalid, /at least 16/],
        [
          'range',
          'a secret of another kind',
          () => ({ scheme: 'standard_webhooks', secret: 'sixteen characters' }),
          '/secret',
          invalid,
          /base64 of 24 to 64 bytes/,
        ],
        [
          'reference',
          'an unknown eval',
          () => ({ eval_id: `eval_${'0'.repeat(32)}` }),
          '/eval_id',
          { status: 404, code: 'not_found' },
          /eval_0/,
        ],
        [
          'syntax',
          'a run with an unknown field',
          () => ({ run: { ...resultsRun(ids.file), nmae: 'x' } }),
          '/run/nmae',
          invalid,
          /not a known field/,
        ],
        [
          'reference',
          'a run on an unknown dataset',
          () => ({ run: { data_source: { ...resultsRun(ids.file).data_source, dataset: 'ds_0' } } }),
          '/run/data_source/dataset',
          { status: 404, code: 'not_found' },
          /ds_0/,
        ],
        [
          'type',
          'a placeholder outside names and models',
          () => ({
            run: { ...resultsRun(ids.file), data_source: { ...resultsRun(ids.file).data_source, dataset: '{{payload.ref}}' } },
          }),
          '/run/data_source/dataset',
          invalid,
          /stands only in name, metadata/,
        ],
        ['type', 'a filter without a condition', () => ({ filter: {} }), '/filter', invalid, /at least one condition/],
        [
          'reference',
          'a commit status with a secret that is not set',
          () => ({ commit_status: { repository: 'a/b', sha: '{{payload.after}}', secret_name: 'ENDPOINT_SECRET_NONE' } }),
          '/commit_status/secret_name',
          unprocessable,
          /there is no secret ENDPOINT_SECRET_NONE/,
        ],
        [
          'range',
          'a commit status at an address inside',
          () => ({
            commit_status: { repository: 'a/b', sha: 'c', secret_name: 'ENDPOINT_SECRET_X', api_url: 'https://10.0.0.1/api' },
          }),
          '/commit_status/api_url',
          invalid,
          /IP address/,
        ],
        [
          'range',
          'a run whose results do not fit',
          () => ({ run: resultsRun(ids.tooFew) }),
          '/run/data_source/subject/file_id',
          unprocessable,
          /1003/,
        ],
      ] as [Class, string, () => Record<string, unknown>, string, { status: number; code: string }, RegExp][]
    ).map(([class_, what, change, pointer, answer, detail]): Case => ({
      route: 'POST /v1/triggers',
      class: class_,
      what,
      request: triggerWith(change),
      pointer,
      ...answer,
      detail,
    })),
    ...(
      [
        ['authorization', 'a delivery without a signature', {}, 401, 'unauthenticated', /X-Hub-Signature-256 is missing/],
        ['syntax', 'a signature that is none', { 'x-hub-signature-256': 'sha1=00' }, 401, 'unauthenticated', /64 hex/],
        [
          'authorization',
          'a signature of something else',
          { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` },
          401,
          'unauthenticated',
          /does not match/,
        ],
      ] as const
    ).map(([class_, what, headers, status, code, detail]): Case => ({
      route: 'POST /hooks/{trigger}',
      class: class_,
      what,
      request: () => ({ headers, body: '{}' }),
      key: () => null,
      status,
      code,
      detail,
    })),
    {
      route: 'POST /hooks/{trigger}',
      class: 'size',
      what: 'a delivery that is too large',
      request: () => ({ body: 'x'.repeat(1024 * 1024 + 1) }),
      key: () => null,
      status: 413,
      code: 'too_large',
    },
  ]
}
