/**
 * The API key of this machine: made at the first start, kept, and known to the Worker by its hash only.
 * @module
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { KEY_FILE } from './paths.ts'

export interface LocalKey {
  /** `assay_<id>_<secret>`: 80 random bits that name it, 256 that prove it. */
  readonly key: string
  readonly id: string
  /** Variables that make the Worker accept it: it keeps the SHA-256 of the secret part, never the secret. */
  readonly bindings: { readonly LOCAL_KEY_ID: string; readonly LOCAL_KEY_HASH: string; readonly SECRETS_KEY: string }
}

const SHAPE = /^assay_([a-z2-7]{16})_([A-Za-z0-9_-]{43})$/
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

export function makeKey(): LocalKey {
  // 256 is a multiple of 32, so the remainder is uniform.
  const id = Array.from(randomBytes(16), (byte) => BASE32[byte % 32]).join('')
  return describe(id, randomBytes(32).toString('base64url'))
}

/** The key kept in `file`, made now if there is none. */
export function localKey(file: string = KEY_FILE): LocalKey {
  const [, id, secret] = SHAPE.exec(readKept(file) ?? '') ?? []
  if (id !== undefined && secret !== undefined) return describe(id, secret)
  const made = makeKey()
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${made.key}\n`, { mode: 0o600 })
  return made
}

function describe(id: string, secret: string): LocalKey {
  const hash = createHash('sha256').update(secret).digest('hex')
  // Kept with the key, so that signing secrets sealed before a restart open after it.
  const sealing = createHash('sha256').update(`sealing secrets with ${secret}`).digest('base64')
  return { key: `assay_${id}_${secret}`, id, bindings: { LOCAL_KEY_ID: id, LOCAL_KEY_HASH: hash, SECRETS_KEY: sealing } }
}

function readKept(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}
