/**
 * {@link CompletionStore} over D1.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { Clock } from '../contracts/ports.ts'
import {
  COMPLETION_LIFETIME_MS,
  type CompletionFilter,
  type CompletionStore,
  type StoredCompletion,
} from '../contracts/stored-completion.ts'
import { type SqlValue, statement } from './named-statement.ts'
import { pageClause, pageValues } from './page.ts'

interface CompletionRow {
  completion_id: string
  model: string
  metadata: string
  parameters: string
  characters: number
  created_at: number
  messages: string
  completion: string
}

/** Most UTF-16 code units of a page with several completions. */
const PAGE_CHARACTERS = 4 * 1024 * 1024

/** Rows of one query. */
const ROWS_AT_ONCE = 100

export function createCompletionStore(db: D1Database, clock: Clock): CompletionStore {
  const OWN = `tenant_id = :tenant AND completion_id = :id AND expires_at > :now`
  const missing = (id: string) => new Fault({ kind: 'not_found', resource: 'stored chat completion', id })

  const read = async (tenant: string, ids: readonly string[]): Promise<StoredCompletion[]> => {
    const byId = new Map<string, StoredCompletion>()
    for (let start = 0; start < ids.length; start += ROWS_AT_ONCE) {
      const { results } = await statement(
        db,
        `SELECT * FROM stored_completions WHERE tenant_id = :tenant AND completion_id IN (SELECT value FROM json_each(:ids))`,
        { tenant, ids: JSON.stringify(ids.slice(start, start + ROWS_AT_ONCE)) },
      ).all<CompletionRow>()
      for (const row of results) byId.set(row.completion_id, completionOf(row))
    }
    return ids.flatMap((id) => byId.get(id) ?? [])
  }

  return {
    read,

    async put(tenant, { id, model, metadata, messages, parameters, completion }) {
      const now = clock.now()
      const [sent, asked, answer] = [messages, parameters, completion].map((value) => JSON.stringify(value))
      await statement(
        db,
        `INSERT INTO stored_completions (tenant_id, completion_id, model, metadata, parameters, characters, created_at,
           expires_at, messages, completion)
         VALUES (:tenant, :id, :model, :metadata, :asked, :characters, :now, :until, :sent, :answer) ON CONFLICT DO NOTHING`,
        {
          tenant,
          id,
          model,
          metadata: JSON.stringify(metadata),
          asked: asked!,
          characters: sent!.length + asked!.length + answer!.length,
          now,
          until: now + COMPLETION_LIFETIME_MS,
          sent: sent!,
          answer: answer!,
        },
      ).run()
    },

    async find(tenant, id) {
      const sql = `SELECT * FROM stored_completions WHERE ${OWN}`
      const row = await statement(db, sql, { tenant, id, now: clock.now() }).first<CompletionRow>()
      if (row === null) throw missing(id)
      return completionOf(row)
    },

    async list(tenant, page, filter) {
      const { sql, values } = conditionOf(filter)
      const { results } = await statement(
        db,
        `SELECT completion_id, characters FROM stored_completions
         WHERE tenant_id = :tenant AND expires_at > :now ${sql} ${pageClause('completion_id', page)}`,
        { tenant, now: clock.now(), ...values, ...pageValues({ ...page, limit: page.limit + 1 }) },
      ).all<Pick<CompletionRow, 'completion_id' | 'characters'>>()
      let characters = 0
      const fits = results
        .slice(0, page.limit)
        .filter(({ characters: more }, index) => (characters += more) <= PAGE_CHARACTERS || index === 0)
        .map(({ completion_id: id }) => id)
      return { data: await read(tenant, fits), more: fits.length < results.length }
    },

    async latest(tenant, filter, limit) {
      const { sql, values } = conditionOf(filter)
      const { results } = await statement(
        db,
        `SELECT completion_id AS id, characters FROM stored_completions
         WHERE tenant_id = :tenant AND expires_at > :now ${sql} ORDER BY completion_id DESC LIMIT :limit`,
        { tenant, now: clock.now(), ...values, limit },
      ).all<{ id: string; characters: number }>()
      return results
    },

    async setMetadata(tenant, id, metadata) {
      const row = await statement(db, `UPDATE stored_completions SET metadata = :metadata WHERE ${OWN} RETURNING *`, {
        tenant,
        id,
        now: clock.now(),
        metadata: JSON.stringify(metadata),
      }).first<CompletionRow>()
      if (row === null) throw missing(id)
      return completionOf(row)
    },

    async delete(tenant, id) {
      const sql = `DELETE FROM stored_completions WHERE ${OWN}`
      const { meta } = await statement(db, sql, { tenant, id, now: clock.now() }).run()
      if (meta.changes === 0) throw missing(id)
    },
  }
}

const PARAMETER = (name: string) => `parameters ->> '$.${name}'`

/** SQL of the conditions that are given; a condition without a value is left out. */
function conditionOf(filter: CompletionFilter): { readonly sql: string; readonly values: Readonly<Record<string, SqlValue>> } {
  const conditions: readonly (readonly [name: keyof CompletionFilter, sql: string])[] = [
    ['model', 'model = :model'],
    [
      'metadata',
      `NOT EXISTS (SELECT 1 FROM json_each(:metadata) AS wanted WHERE NOT EXISTS (
         SELECT 1 FROM json_each(stored_completions.metadata) AS own WHERE own.key = wanted.key AND own.value = wanted.value))`,
    ],
    ['createdAfter', 'created_at >= :createdAfter'],
    ['createdBefore', 'created_at <= :createdBefore'],
    ['temperature', `${PARAMETER('temperature')} = :temperature`],
    ['topP', `${PARAMETER('top_p')} = :topP`],
    ['reasoningEffort', `${PARAMETER('reasoning_effort')} = :reasoningEffort`],
    ['users', `${PARAMETER('user')} IN (SELECT value FROM json_each(:users))`],
    [
      'tools',
      `NOT EXISTS (SELECT 1 FROM json_each(:tools) AS wanted WHERE NOT EXISTS (
         SELECT 1 FROM json_each(parameters, '$.tools') AS own WHERE own.value ->> '$.function.name' = wanted.value))`,
    ],
    [
      'instructions',
      `EXISTS (SELECT 1 FROM json_each(messages) AS message WHERE message.value ->> '$.role' IN ('system', 'developer')
         AND instr(lower(message.value ->> '$.content'), lower(:instructions)) > 0)`,
    ],
  ]
  const given = conditions.filter(([name]) => filter[name] !== undefined)
  const valueOf = (value: CompletionFilter[keyof CompletionFilter]): SqlValue =>
    typeof value === 'object' ? JSON.stringify(value) : value!
  return {
    sql: given.map(([, sql]) => `AND ${sql}`).join(' '),
    values: Object.fromEntries(given.map(([name]) => [name, valueOf(filter[name])])),
  }
}

function completionOf(row: CompletionRow): StoredCompletion {
  return {
    id: row.completion_id,
    createdAt: row.created_at,
    model: row.model,
    metadata: JSON.parse(row.metadata) as StoredCompletion['metadata'],
    messages: JSON.parse(row.messages) as StoredCompletion['messages'],
    parameters: JSON.parse(row.parameters) as StoredCompletion['parameters'],
    completion: JSON.parse(row.completion) as StoredCompletion['completion'],
  }
}
