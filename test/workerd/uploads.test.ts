/** Files in parts, on R2 and D1: their bytes, refusals, and the objects left behind. */
import { beforeEach, describe, expect, test } from 'vitest'
import { sha256Hex } from '../../src/contracts/digest.ts'
import type { UploadSessions } from '../../src/contracts/import-ports.ts'
import { createFileStore } from '../../src/storage/file-store.ts'
import { createObjectClaims } from '../../src/storage/object-claims.ts'
import { createUploadSessions } from '../../src/storage/upload-sessions.ts'
import { testEnv } from './setup.ts'

const TENANT = 'uploads'
const HOUR = 3_600_000
let serial = 0
let now = 1_800_000_000_000
const newId = () => String(++serial).padStart(32, '0')
const clock = { now: () => now }

const bytesOf = (text: string) => new TextEncoder().encode(text)
/** The place of the data in a part without other content. */
const whole = (text: string) => () => ({ offset: 0, bytes: bytesOf(text).length })

let sessions: UploadSessions
const { DB, OBJECTS } = testEnv
const claims = createObjectClaims(DB, OBJECTS, clock)
const files = createFileStore(DB, OBJECTS, clock, claims)
const keys = async (prefix: string) => (await testEnv.OBJECTS.list({ prefix })).objects.map(({ key }) => key)

beforeEach(async () => {
  sessions = createUploadSessions(DB, OBJECTS, clock, newId, claims)
  const stale = await keys(`t/${TENANT}/`)
  if (stale.length > 0) await testEnv.OBJECTS.delete(stale)
  // For all tenants: time passes here, and other files' uploads would expire.
  await DB.batch(['uploads', 'upload_parts', 'files'].map((table) => DB.prepare(`DELETE FROM ${table}`)))
})

async function uploadOf(texts: readonly string[], bytes = texts.join('').length) {
  const upload = await sessions.create(TENANT, `upload_${newId()}`, { filename: 'a.json', mimeType: 'application/json', bytes })
  const parts: string[] = []
  for (const text of texts) parts.push((await sessions.addPart(TENANT, upload.id, bytesOf(text), whole(text))).id)
  return { id: upload.id, parts }
}

describe('an upload', () => {
  test('is its parts in the order of completion, whatever their sizes', async () => {
    const { id, parts } = await uploadOf(['cc', 'a', 'bbbbb'])
    const order = [parts[1]!, parts[2]!, parts[0]!]
    const completed = await sessions
      .complete(TENANT, id, order, '68B5B7AB3AD0FFDE66B4A9E35A3C1DAE'.toLowerCase())
      .catch(() => null)
    expect(completed, 'a wrong MD5 is refused').toBeNull()
    const { file, status } = await sessions.complete(TENANT, id, order, undefined)
    expect(status).toBe('completed')
    expect(file).toMatchObject({ bytes: 8, filename: 'a.json', sha256: await sha256Hex('abbbbbcc') })
    const stored = await files.open(TENANT, file!.sha256)
    for (let from = 0; from < 8; from++)
      for (let length = 0; length < 10; length++)
        expect(new TextDecoder().decode(await stored.read(from, length))).toBe('abbbbbcc'.slice(from, from + length))
    expect(await sessions.complete(TENANT, id, order, undefined), 'again: the same answer').toEqual(
      await sessions.complete(TENANT, id, order, undefined),
    )
    await files.delete(TENANT, file!.id)
    expect(await keys(`t/${TENANT}/`)).toEqual([])
  })

  test('checks the MD5 of the whole', async () => {
    const { id, parts } = await uploadOf(['a', 'bc'])
    await expect(sessions.complete(TENANT, id, parts, '0'.repeat(32))).rejects.toThrow('900150983cd24fb0d6963f7d28e17f72')
    expect((await sessions.complete(TENANT, id, parts, '900150983CD24FB0D6963F7D28E17F72')).status).toBe('completed')
  })

  test('of existing bytes keeps one copy', async () => {
    const first = await uploadOf(['abc'])
    const second = await uploadOf(['ab', 'c'])
    const a = await sessions.complete(TENANT, first.id, first.parts, undefined)
    const b = await sessions.complete(TENANT, second.id, second.parts, undefined)
    expect(b.file!.sha256).toBe(a.file!.sha256)
    expect(b.file!.id).not.toBe(a.file!.id)
    expect(await keys(`t/${TENANT}/uploads/`)).toHaveLength(1)
  })

  test('refuses parts beyond the declared size, unknown and repeated ones, and a sum that differs', async () => {
    const { id, parts } = await uploadOf(['abc'], 5)
    await expect(sessions.addPart(TENANT, id, bytesOf('xyz'), whole('xyz'))).rejects.toThrow('the limit is 5 bytes')
    await expect(sessions.complete(TENANT, id, parts, undefined)).rejects.toThrow('the parts have 3 bytes in all')
    await expect(sessions.complete(TENANT, id, ['part_x'], undefined)).rejects.toThrow('/part_ids/0: this upload has no part')
    await expect(sessions.complete(TENANT, id, [...parts, ...parts], undefined)).rejects.toThrow('was named before')
    expect(await keys(`t/${TENANT}/uploads/`)).toHaveLength(1)
  })

  test('cancelled or left alone frees its parts and takes no more', async () => {
    const { id, parts } = await uploadOf(['abc'])
    const other = await uploadOf(['x'])
    expect((await sessions.cancel(TENANT, id)).status).toBe('cancelled')
    expect(await keys(`t/${TENANT}/uploads/${id}`)).toEqual([])
    await expect(sessions.complete(TENANT, id, parts, undefined)).rejects.toThrow('is cancelled')
    await expect(sessions.addPart(TENANT, id, bytesOf('a'), whole('a'))).rejects.toThrow('is cancelled')
    now += 25 * HOUR
    await expect(sessions.addPart(TENANT, other.id, bytesOf('a'), whole('a'))).rejects.toThrow('is expired')
    expect(await sessions.expire(10)).toBe(1)
    expect(await keys(`t/${TENANT}/`)).toEqual([])
  })

  test('of another tenant does not exist', async () => {
    const { id, parts } = await uploadOf(['abc'])
    for (const attempt of [
      sessions.addPart('stranger', id, bytesOf('a'), whole('a')),
      sessions.complete('stranger', id, parts, undefined),
      sessions.cancel('stranger', id),
    ])
      await expect(attempt).rejects.toThrow(`no upload with id`)
  })
})

test('a file whose parts lie in a list at its hash, as before 0011, is read and deleted with them', async () => {
  const sha256 = await sha256Hex('abcd')
  const keyOf = (part: string) => `t/${TENANT}/uploads/upload_old/${part}`
  await OBJECTS.put(keyOf('a'), '-ab-')
  await OBJECTS.put(keyOf('b'), 'cd')
  const pieces = [
    { key: keyOf('a'), offset: 1, bytes: 2 },
    { key: keyOf('b'), offset: 0, bytes: 2 },
  ]
  await OBJECTS.put(`t/${TENANT}/files/${sha256}.pieces`, JSON.stringify(pieces))
  await DB.prepare(
    `INSERT INTO files (tenant_id, file_id, sha256, bytes, filename, purpose, created_at) VALUES (?1, 'file-old', ?2, 4, 'f', 'evals', 0)`,
  )
    .bind(TENANT, sha256)
    .run()
  const { id, parts } = await uploadOf(['a', 'bcd'])
  const { file } = await sessions.complete(TENANT, id, parts, undefined)
  expect(await keys(`t/${TENANT}/uploads/`), 'the content stays where it lies').toEqual([keyOf('a'), keyOf('b')])
  await files.delete(TENANT, 'file-old')
  expect(new TextDecoder().decode(await (await files.open(TENANT, sha256)).read(0, 4))).toBe('abcd')
  await files.delete(TENANT, file!.id)
  expect(await keys(`t/${TENANT}/`)).toEqual([])
})

test('a file that is being imported cannot be deleted', async () => {
  const { id, parts } = await uploadOf(['abc'])
  const { file } = await sessions.complete(TENANT, id, parts, undefined)
  const insert = testEnv.DB.prepare(
    `INSERT INTO dataset_imports (tenant_id, import_id, name, format, status, files, progress, created_at) VALUES (?1, 'imp_x', 'n', 'vqa-v2', ?2, ?3, '{}', 0)`,
  )
  await insert.bind(TENANT, 'in_progress', JSON.stringify({ annotations: { file_id: file!.id } })).run()
  await expect(files.delete(TENANT, file!.id)).rejects.toThrow('is being imported')
  await testEnv.DB.prepare(`DELETE FROM dataset_imports WHERE tenant_id = ?1`).bind(TENANT).run()
  await files.delete(TENANT, file!.id)
  await expect(files.delete(TENANT, file!.id)).rejects.toThrow('no file')
})
