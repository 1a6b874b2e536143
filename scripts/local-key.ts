/**
 * The API key of this machine: made at the first start, kept, and known to the Worker by its hash only.
 * @module
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
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

/** The parts of a key; undefined if the text is none. */
export function parseKey(text: string): LocalKey | undefined {
  const [, id, secret] = SHAPE.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : describe(id, secret)
}

/** The kept key cannot be used. A new one in its place would lose every secret that was sealed under it. */
export class DamagedKeyError extends Error {
  override readonly name = 'DamagedKeyError'

  constructor(file: string, why: string) {
    super(
      `${file} ${why}. Restore it from a copy, or remove it to get a new key: ` +
        'signing secrets of triggers and webhook endpoints that were sealed under the old key must then be set again',
    )
  }
}

/**
 * The key kept in `file`, made now if there is no such file.
 * @throws {DamagedKeyError} when the file is there and holds no key, or cannot be read
 */
export function localKey(file: string = KEY_FILE): LocalKey {
  const kept = readKept(file)
  if (kept !== undefined) {
    const key = parseKey(kept)
    if (key !== undefined) return key
    throw new DamagedKeyError(file, kept === '' ? 'is empty' : 'holds no API key (assay_<id>_<secret>)')
  }
  const made = makeKey()
  mkdirSync(dirname(file), { recursive: true })
  // A start that is cut off, or a full disk, leaves no half a key.
  writeFileSync(`${file}.tmp`, `${made.key}\n`, { mode: 0o600 })
  renameSync(`${file}.tmp`, file)
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
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new DamagedKeyError(file, `cannot be read (${code ?? String(error)})`)
  }
}
