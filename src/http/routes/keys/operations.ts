/**
 * `/v1/keys`: requests and responses.
 * @module
 */
import { examplePage, jsonAnswer, jsonBody, operation } from '../../operation.ts'
import { keyCreate, keyDeleted, keyLedger, keyList, keyObject, keyQuery } from './schema.ts'

const EXAMPLE = { object: 'key', id: '4m0qk2x7t9w1b3d5', name: 'ci', role: 'member', created_at: 1_795_957_200 } as const

export const createKey = operation({
  method: 'post',
  path: '/v1/keys',
  operationId: 'createKey',
  summary: 'Create a key',
  description: 'Creates a key for this tenant. The key itself is returned once; only its SHA-256 is stored.',
  tag: 'keys',
  access: 'admin',
  json: jsonBody(keyCreate, { name: 'ci', role: 'member' }),
  answers: {
    201: jsonAnswer(keyObject, 'The new key.', { ...EXAMPLE, key: 'assay_4m0qk2x7t9w1b3d5_0123456789abcdef' }),
  },
})

export const listKeys = operation({
  method: 'get',
  path: '/v1/keys',
  operationId: 'listKeys',
  summary: 'List keys',
  description: 'Lists the keys of this tenant that are not revoked, without the keys themselves.',
  tag: 'keys',
  access: 'admin',
  query: keyQuery,
  answers: {
    200: jsonAnswer(keyList, 'A page of keys.', examplePage(EXAMPLE)),
  },
})

export const getKeyLedger = operation({
  method: 'get',
  path: '/v1/keys/{id}/ledger',
  params: { id: { description: 'Id of the key; revoked keys have one too.', example: EXAMPLE.id } },
  operationId: 'getKeyLedger',
  summary: 'Get the ledger of a key',
  description:
    'Sums the ledgers of all endpoint runs that a key started, and its requests outside runs. `GET …/runs/{run_id}/ledger` has the calls of one run.',
  tag: 'keys',
  access: 'admin',
  answers: {
    200: jsonAnswer(keyLedger, 'The sums.', {
      object: 'key.ledger',
      key_id: EXAMPLE.id,
      runs: 3,
      requests_outside_runs: 3,
      requests: { intents: 640, settled: 636, unanswered: 3, open: 1 },
      prompt_tokens: 571_200,
      completion_tokens: 4210,
      cost_usd: 0.0912,
      held_usd: 0.0004,
    }),
  },
  refuses: [404],
})

export const revokeKey = operation({
  method: 'delete',
  path: '/v1/keys/{id}',
  params: { id: { description: 'Id of the key.', example: EXAMPLE.id } },
  operationId: 'revokeKey',
  summary: 'Revoke a key',
  description: 'Revokes a key at once and for good. A key cannot revoke itself.',
  tag: 'keys',
  access: 'admin',
  answers: {
    200: jsonAnswer(keyDeleted, 'The key is revoked.', { object: 'key.deleted', id: EXAMPLE.id, deleted: true }),
  },
  refuses: [404, 409],
})
