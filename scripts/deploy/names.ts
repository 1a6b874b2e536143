/**
 * Names of everything that one deployment owns. Those of `wrangler.toml` begin with the Worker's name; a
 * deployment under another name replaces that beginning, so that two deployments share nothing.
 * @module
 */
import { createHash } from 'node:crypto'
import { experimental_readRawConfig, type Unstable_RawConfig } from 'wrangler'
import { WRANGLER_CONFIG } from '../paths.ts'
import { DeployError } from './wrangler.ts'

export interface Names {
  readonly worker: string
  readonly database: string
  readonly namespace: string
  readonly bucket: string
  readonly queues: readonly string[]
}

/** Bucket and queue names have at most 63 characters; the longest that is appended is `-endpoint-dead`. */
const WORKER_NAME = /^[a-z][a-z0-9-]{1,46}[a-z0-9]$/

/** @throws {DeployError} for a name that Workers, buckets or queues do not take */
export function namesOf(config: Unstable_RawConfig, worker: string): Names {
  if (!WORKER_NAME.test(worker))
    throw new DeployError(
      `--name takes 3 to 48 characters a–z, 0–9 and "-", beginning with a letter, not ${JSON.stringify(worker)}`,
    )
  const own = renaming(config, worker)
  const [database] = config.d1_databases ?? []
  const [bucket] = config.r2_buckets ?? []
  const consumed = (config.queues?.consumers ?? []).flatMap(({ queue, dead_letter_queue: dead }) => [
    queue,
    ...(dead ? [dead] : []),
  ])
  const produced = (config.queues?.producers ?? []).map(({ queue }) => queue)
  return {
    worker,
    database: own(database!.database_name!),
    namespace: own(`${config.name}-published`),
    bucket: own(bucket!.bucket_name!),
    queues: [...new Set([...produced, ...consumed])].map((queue) => own(queue!)),
  }
}

/** Renames what begins with the Worker's name of `wrangler.toml`. */
export function renaming(config: Unstable_RawConfig, worker: string): (name: string) => string {
  const base = config.name!
  return (name) => (name === base || name.startsWith(`${base}-`) ? worker + name.slice(base.length) : name)
}

/** `wrangler.toml` as it is written. */
export function writtenConfig(file: string = WRANGLER_CONFIG): Unstable_RawConfig {
  return experimental_readRawConfig({ config: file }).rawConfig
}

/**
 * Counters of rate limits are shared by all Workers of an account that name the same namespace; a deployment
 * under another name has counters of its own.
 */
export function limitNamespace(config: Unstable_RawConfig, worker: string): (id: string) => string {
  if (worker === config.name) return (id) => id
  const own = 1 + createHash('sha256').update(worker).digest().readUInt16BE()
  return (id) => String(10_000 * own + Number(id))
}
