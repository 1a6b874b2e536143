import { readdirSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { Fault } from '../../../src/contracts/failure.ts'
import { explainStorageError, NEWEST_MIGRATION } from '../../../src/storage/schema-version.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'

const broken = new Error('D1_ERROR: no such table: runs')
const database = (...statements: string[]) => {
  const sqlite = new DatabaseSync(':memory:')
  for (const sql of statements) sqlite.exec(sql)
  return sqliteD1(undefined, sqlite).db
}
const RECORDS = 'CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT UNIQUE)'

test('names the newest file of migrations/', () => {
  expect(NEWEST_MIGRATION).toBe(readdirSync('migrations').toSorted().at(-1))
})

test.each([
  ['no table at all', database()],
  ['no migration recorded', database(RECORDS)],
  ['an older schema', database(RECORDS, `INSERT INTO d1_migrations (name) VALUES ('0001_initial.sql')`)],
])('a database with %s: 503 with the command', async (_, db) => {
  const explained = await explainStorageError(db, broken)
  expect((explained as Fault).failure).toMatchObject({
    kind: 'unavailable',
    detail: expect.stringContaining('npx wrangler d1 migrations apply assay --local'),
  })
})

test('a migrated database, one that does not answer, and a known failure leave the error as it is', async () => {
  const migrated = database(RECORDS, `INSERT INTO d1_migrations (name) VALUES ('${NEWEST_MIGRATION}')`)
  expect(await explainStorageError(migrated, broken)).toBe(broken)
  const silent = { prepare: () => ({ first: () => Promise.reject(new Error('D1 is down')) }) } as unknown as D1Database
  expect(await explainStorageError(silent, broken)).toBe(broken)
  const known = new Fault({ kind: 'forbidden', detail: 'no' })
  expect(await explainStorageError(database(), known)).toBe(known)
})
