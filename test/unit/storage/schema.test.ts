/** src/storage/SCHEMA.md says what there is: every table with its columns and indexes, every key, no more and no less. */
import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { objectKey } from '../../../src/storage/objects.ts'
import { reportKey } from '../../../src/storage/publisher.ts'

const document = readFileSync('src/storage/SCHEMA.md', 'utf8')
const database = new DatabaseSync(':memory:')
for (const name of readdirSync('migrations').toSorted()) database.exec(readFileSync(`migrations/${name}`, 'utf8'))

const all = <Row>(sql: string) => database.prepare(sql).all() as Row[]
const tables = all<{ name: string; sql: string }>(`SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name`)
const indexes = all<{ name: string; tbl_name: string; sql: string }>(
  `SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name`,
)
const columnsOf = (table: string) => all<{ name: string; pk: number }>(`PRAGMA table_info(${table})`)

/** Each table's paragraph opens with its name in bold and its columns in brackets. */
const described = new Map(
  [...document.matchAll(/\*\*`(\w+)`\*\* \(([^)]*)\)/g)].map(([, table, columns]) => [
    table!,
    [...columns!.matchAll(/`(\w+)`/g)].map(([, column]) => column!),
  ]),
)

describe('SCHEMA.md', () => {
  test('describes every table and no other', () => {
    expect([...described.keys()].toSorted()).toEqual(tables.map(({ name }) => name))
  })

  test.each(tables.map(({ name }) => name))('names every column of %s, in its order', (table) => {
    expect(described.get(table)).toEqual(columnsOf(table).map(({ name }) => name))
  })

  test('names every index', () => {
    for (const { name } of indexes) expect(document, name).toContain(`\`${name}\``)
  })

  test('names every key of R2 and KV', () => {
    const keys = [
      objectKey.image('{tenant}', '{sha256}'),
      objectKey.file('{tenant}', '{sha256}'),
      objectKey.filePieces('{tenant}', '{sha256}'),
      objectKey.uploadPart('{tenant}', '{upload}', '{part}'),
      `${objectKey.importWork('{tenant}', '{import}')}…`,
      objectKey.model('{tenant}', '{sha256}'),
      objectKey.dataset('{tenant}', '{digest}', 'items.jsonl'),
      objectKey.dataset('{tenant}', '{digest}', 'items.idx'),
      objectKey.dataset('{tenant}', '{digest}', 'columns.bin'),
      objectKey.answers('{tenant}', '{results digest}', '{dataset digest}', 'answers.jsonl'),
      ...['evidence', 'embeddings', 'rows'].map((kind) => `${objectKey.run('{tenant}', '{run}')}${kind}/{sha256}`),
      reportKey('{digest}'),
    ]
    for (const key of keys) expect(document, key).toContain(`\`${key}\``)
  })
})

describe('tenants', () => {
  test.each(tables)('$name: the tenant is first in the primary key', ({ name }) => {
    expect(columnsOf(name).find(({ pk }) => pk === 1)!.name).toBe('tenant_id')
  })

  test('every unique index begins with the tenant', () => {
    for (const { name, sql } of indexes) if (/UNIQUE/.test(sql)) expect(sql, name).toMatch(/\(tenant_id/)
  })
})
