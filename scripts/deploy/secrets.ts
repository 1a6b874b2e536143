/**
 * Secrets of a deployment: the first key, the key that seals stored signing secrets, and those of endpoints.
 * A secret that the Worker has is never replaced: signing secrets sealed under the old key would be lost.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { environmentSecrets } from '../environment-secrets.ts'
import { type LocalKey, makeKey, parseKey } from '../local-key.ts'
import { DeployError } from './wrangler.ts'

/** The file of the machine that made a deployment. Cloudflare does not show these values again. */
export interface KeptSecrets {
  readonly api_key: string
  readonly secrets_key: string
}

export interface SecretPlan {
  /** To be set with the next version: name → value. */
  readonly set: Readonly<Record<string, string>>
  /** The first key; undefined if the Worker has one that was made on another machine. */
  readonly key: LocalKey | undefined
}

/**
 * @param there - names of the secrets that the Worker has
 * @param file - keeps the secrets that are made here, for their owner alone
 * @throws {DeployError} if the file is damaged
 */
export function planSecrets(there: readonly string[], file: string, environment: NodeJS.ProcessEnv): SecretPlan {
  const has = (name: string): boolean => there.includes(name)
  const hasKey = has('LOCAL_KEY_ID') && has('LOCAL_KEY_HASH')
  const endpoints = environmentSecrets(environment)
  let kept = readKept(file)
  if (kept === undefined && hasKey) return { set: { ...sealing(has, undefined), ...endpoints }, key: undefined }
  if (kept === undefined) {
    kept = { api_key: makeKey().key, secrets_key: randomBytes(32).toString('base64') }
    keep(file, kept)
  }
  const key = parseKey(kept.api_key)
  if (key === undefined) throw new DeployError(`${file} holds no API key (assay_<id>_<secret>): restore it from a copy`)
  const { LOCAL_KEY_ID, LOCAL_KEY_HASH } = key.bindings
  return {
    set: { ...(hasKey ? {} : { LOCAL_KEY_ID, LOCAL_KEY_HASH }), ...sealing(has, kept.secrets_key), ...endpoints },
    key,
  }
}

function sealing(has: (name: string) => boolean, kept: string | undefined): Record<string, string> {
  return has('SECRETS_KEY') ? {} : { SECRETS_KEY: kept ?? randomBytes(32).toString('base64') }
}

function readKept(file: string): KeptSecrets | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new DeployError(`${file} cannot be read: ${(error as Error).message}`)
  }
  try {
    const { api_key: apiKey, secrets_key: secretsKey } = JSON.parse(text) as Partial<KeptSecrets>
    if (typeof apiKey === 'string' && typeof secretsKey === 'string') return { api_key: apiKey, secrets_key: secretsKey }
  } catch {}
  throw new DeployError(`${file} is damaged: restore it from a copy, or remove it if its deployment is gone`)
}

/** Runs before the secrets are sent, so that a deployment that is cut off has no lost key. */
function keep(file: string, kept: KeptSecrets): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.tmp`, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.tmp`, file)
}
