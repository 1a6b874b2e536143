/**
 * Wire shapes of API keys.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { displayName } from '../../../contracts/display-name.ts'
import { ledgerSums } from '../runs/ledger-schema.ts'
import { createdAt, deletedOf, listOf, pageQueryOf } from '../../../contracts/wire/common.ts'

const role = z.enum(['admin', 'member']).describe('`admin` may also manage keys, endpoints and models; `member` may do all else.')

export const keyCreate = z
  .strictObject({
    name: displayName(128).min(1).describe('A name for people to tell keys apart.'),
    role: role.default('member'),
  })
  .openapi('KeyCreate')

export const keyObject = z
  .object({
    object: z.literal('key'),
    id: z.string(),
    name: z.string(),
    role,
    created_at: createdAt,
    key: z.string().optional().describe('The key itself. Only in the answer to its creation.'),
  })
  .openapi('Key')

export const keyLedger = z
  .object({
    object: z.literal('key.ledger'),
    key_id: z.string(),
    runs: z.int().describe('Endpoint runs that it started.'),
    requests_outside_runs: z.int().describe('Intents of chat completions, embeddings and single gradings; among all below.'),
    ...ledgerSums,
  })
  .openapi('KeyLedger')

export const keyList = listOf(keyObject)
export const keyQuery = pageQueryOf(/^[a-z0-9]{16}$/)
export const keyDeleted = deletedOf('key.deleted').openapi('KeyDeleted')
