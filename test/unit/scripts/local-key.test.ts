import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { localKey } from '../../../scripts/local-key.ts'

const home = mkdtempSync(join(tmpdir(), 'assay-key-'))
const file = join(home, 'kept', 'local-key')

beforeEach(() => rmSync(file, { force: true }))
afterAll(() => rmSync(home, { recursive: true, force: true }))

test('is made once, kept for its owner alone, and known to the Worker by the hash of its secret', () => {
  const made = localKey(file)
  const [, id, secret] = /^assay_([a-z2-7]{16})_([A-Za-z0-9_-]{43})$/.exec(made.key)!
  expect(made.bindings).toMatchObject({ LOCAL_KEY_ID: id, LOCAL_KEY_HASH: createHash('sha256').update(secret!).digest('hex') })
  // What secrets are sealed with must be the same after a restart.
  expect(Buffer.from(made.bindings.SECRETS_KEY, 'base64')).toHaveLength(32)
  expect(JSON.stringify(made.bindings)).not.toContain(secret)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(localKey(file)).toEqual(made)
})

test('a file that holds no key is replaced', () => {
  const cut = join(home, 'cut-off')
  writeFileSync(cut, 'assay_cut-off')
  expect(localKey(cut).key).toMatch(/^assay_[a-z2-7]{16}_/)
})
