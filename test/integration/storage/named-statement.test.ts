import { expect, test } from 'vitest'
import { createImageStore } from '../../../src/storage/catalogue/image-store.ts'
import { statement } from '../../../src/storage/named-statement.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'

test('each name is bound to its value, however often it occurs; other values are ignored', async () => {
  const { db } = sqliteD1()
  const sql = `SELECT :b || ':' || :a || :b AS joined, :sha256 AS digest`
  expect(await statement(db, sql, { a: 'x', b: 'y', sha256: 'z', unused: 1 }).first()).toEqual({ joined: 'y:xy', digest: 'z' })
})

test('a name without a value is refused before the database is asked', () => {
  expect(() => statement(sqliteD1().db, 'SELECT :missing', {})).toThrow(':missing')
})

test('a picture is stored and found by its digest', async () => {
  const images = createImageStore(sqliteD1().db, { now: () => 7 })
  const image = { sha256: 'a'.repeat(64), media_type: 'image/png', bytes: 1, width: 2, height: 3 } as const
  expect(await images.put('t', image)).toEqual({ createdAt: 7, created: true })
  expect(await images.put('t', image)).toEqual({ createdAt: 7, created: false })
  expect(await images.find('t', image.sha256)).toEqual({ ...image, createdAt: 7 })
})
