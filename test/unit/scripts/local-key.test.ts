import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { DamagedKeyError, localKey } from '../../../scripts/local-key.ts'

const home = mkdtempSync(join(tmpdir(), 'assay-key-'))
const file = join(home, 'kept', 'local-key')

beforeEach(() => rmSync(file, { force: true }))
afterAll(() => rmSync(home, { recursive: true, force: true }))

test('is made once, kept for its owner alone, and known to the Worker by the hash of its secret', () => {
  const made = localKey(file)
  const [, id, secret] = /^assay_([a-z2-7]{16})_([A-Za-z0-9_-]{43})$/.exec(made.key)!
  expect(made.bindings).toMatchObject({ LOCAL_KEY_ID: id, LOCAL_KEY_HASH: createHash('sha256').update(secret!).digest('hex') })
  // The key that seals secrets must be the same after a restart.
  expect(Buffer.from(made.bindings.SECRETS_KEY, 'base64')).toHaveLength(32)
  expect(JSON.stringify(made.bindings)).not.toContain(secret)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(localKey(file)).toEqual(made)
})

test.each([
  ['garbage', 'garbage', 'holds no API key'],
  ['a key that was cut off', 'assay_cut-off', 'holds no API key'],
  ['nothing', '', 'is empty'],
])('a file with %s stops with a sentence and stays as it is', (_, content, why) => {
  const damaged = join(home, 'damaged')
  writeFileSync(damaged, content)
  expect(() => localKey(damaged)).toThrow(DamagedKeyError)
  expect(() => localKey(damaged)).toThrow(`${damaged} ${why}`)
  expect(readFileSync(damaged, 'utf8')).toBe(content)
})

test('an unreadable path does not lead to another key', () => {
  expect(() => localKey(home)).toThrow('cannot be read (EISDIR)')
})
