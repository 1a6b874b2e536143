/**
 * src/storage/SCHEMA.md lists exactly the existing tables with their columns and indexes, and exactly the
 * existing keys.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { type ModelManifest, modelManifest, storedFilesOf } from '../../../src/contracts/model-manifest.ts'
import { objectKey } from '../../../src/storage/objects.ts'
import { reportKey } from '../../../src/storage/report-store.ts'

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
      objectKey.dataset('{tenant}', '{digest}', 'checksums.json'),
      objectKey.answers('{tenant}', '{results digest}', '{dataset digest}', 'answers.jsonl'),
      ...['evidence', 'embeddings', 'rows', 'ranks'].map((kind) => `${objectKey.run('{tenant}', '{run}')}${kind}/{sha256}`),
      objectKey.endpointAnswer('{tenant}', '{answer key}'),
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

test('0011 keeps claims and deletions, and knows the files of the models that were there', () => {
  const before = new DatabaseSync(':memory:')
  const names = readdirSync('migrations').toSorted()
  const apply = (name: string) => before.exec(readFileSync(`migrations/${name}`, 'utf8'))
  names.filter((name) => name < '0011').forEach(apply)
  before.exec(
    `INSERT INTO object_claims VALUES ('t', 'image', 'd', 'token', 5); INSERT INTO doomed_objects VALUES ('t', 'dataset', 'e', 6)`,
  )
  const shipped = modelManifest.parse(JSON.parse(readFileSync('models/assay-clip/manifest.json', 'utf8')))
  const digest = (digit: number) => String(digit).repeat(64)
  const data = (digit: number) => [{ file: 'f', path: 'f', sha256: digest(digit), bytes: 1 }]
  const whole: ModelManifest = {
    ...shipped,
    id: 'whole',
    vision: { ...shipped.vision, external_data: data(1) },
    text: { ...shipped.text, external_data: data(2) },
    text_vectors: undefined,
  }
  const vectors = { ...whole, id: 'vectors', text_vectors: { file: 'f', sha256: digest(3), bytes: 1, texts: 1 } }
  for (const manifest of [whole, vectors])
    before.prepare(`INSERT INTO models VALUES ('t', ?, ?, 1, 2)`).run(manifest.id, JSON.stringify(manifest))
  names.filter((name) => name >= '0011' && name < '0012').forEach(apply)
  const read = (sql: string) =>
    before
      .prepare(sql)
      .all()
      .map((row) => Object.values(row))
  expect(read('SELECT * FROM object_claims')).toEqual([['t', 'image', 'd', 'token', 5]])
  expect(read('SELECT * FROM doomed_objects')).toEqual([['t', 'dataset', 'e', 6]])
  for (const manifest of [whole, vectors])
    expect(read(`SELECT sha256 FROM model_files WHERE tenant_id = 't' AND model_id = '${manifest.id}' ORDER BY sha256`)).toEqual(
      storedFilesOf(manifest)
        .map(({ sha256 }) => [sha256])
        .toSorted(),
    )
})

test('0004 rebuilds the outbox with every existing job and index', () => {
  const before = new DatabaseSync(':memory:')
  const names = readdirSync('migrations').toSorted()
  const apply = (name: string) => before.exec(readFileSync(`migrations/${name}`, 'utf8'))
  names.filter((name) => name < '0004').forEach(apply)
  before.exec(
    `INSERT INTO outbox VALUES ('t', 'merge:r', 'merge', 'r', '{"a":1}', 'pending', 2, 7, 'token', 9, 'error', 5, 6, 3),
                               ('t', 'compact:r', 'compact', 'r', '{}', 'done', 0, 8, NULL, NULL, NULL, 5, NULL, 0)`,
  )
  const read = () => ({
    jobs: before.prepare(`SELECT * FROM outbox ORDER BY job_id`).all() as Record<string, unknown>[],
    indexes: before
      .prepare(`SELECT name FROM sqlite_master WHERE tbl_name = 'outbox' AND sql LIKE 'CREATE INDEX%' ORDER BY name`)
      .all(),
  })
  const old = read()
  expect(old.jobs[1]).toMatchObject({ kind: 'merge', attempts: 2, due_at: 7, sent_at: 6, claims: 3 })
  names.filter((name) => name >= '0004' && name < '0005').forEach(apply)
  expect(read()).toEqual(old)
  before.exec(
    `INSERT INTO outbox SELECT tenant_id, 'import:i', 'import', 'i', payload, state, 0, 0, 1, NULL, NULL, NULL, NULL, 1 FROM outbox LIMIT 1`,
  )
})
