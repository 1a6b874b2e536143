/**
 * Bindings and every default, parsed once per isolate.
 * @module
 */

export interface ShardMessage {
  readonly v: 1
  readonly run: string
  readonly shard: number
}

export interface ControlMessage {
  readonly v: 1
  /** Id of an outbox row. */
  readonly job: string
}

export interface Env {
  readonly DB: D1Database
  readonly PUBLISHED: KVNamespace
  readonly OBJECTS: R2Bucket
  readonly EDGE_QUEUE: Queue<ShardMessage>
  readonly ENDPOINT_QUEUE: Queue<ShardMessage>
  readonly CONTROL_QUEUE: Queue<ControlMessage>
  readonly ASSETS: Fetcher
  readonly ANONYMOUS_LIMIT: RateLimit
  readonly KEY_LIMIT: RateLimit
  readonly LEASE_SECONDS: string
  readonly STALL_SECONDS: string
  readonly ANONYMOUS_DAILY_BUDGET: string
  readonly OWN_HOSTS: string
  /** Development only: a fetcher that reaches loopback, for configured endpoints and webhook targets. */
  readonly LOOPBACK?: Fetcher
  /** Development only: address of a listener told about each failpoint, see `scripts/chaos.ts`. */
  readonly FAILPOINT_URL?: string
  /** Development only: SHA-256 of the key that `npm start` made for the local tenant. */
  readonly LOCAL_KEY_HASH?: string
}

export interface Settings {
  readonly leaseMilliseconds: number
  readonly stallMilliseconds: number
  readonly anonymousDailyBudget: number
  readonly ownHosts: readonly string[]
}

/**
 * Parses the variables of `wrangler.toml`.
 * @throws {Error} naming the variable that is not a positive number, so that a misconfigured deployment fails at its first request.
 */
export function readSettings(env: Env): Settings {
  return {
    leaseMilliseconds: 1000 * positive('LEASE_SECONDS', env.LEASE_SECONDS),
    stallMilliseconds: 1000 * positive('STALL_SECONDS', env.STALL_SECONDS),
    anonymousDailyBudget: positive('ANONYMOUS_DAILY_BUDGET', env.ANONYMOUS_DAILY_BUDGET),
    ownHosts: env.OWN_HOSTS.split(',')
      .map((host) => host.trim())
      .filter(Boolean),
  }
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`variable ${name} must be a positive number, not ${JSON.stringify(text)}`)
  return value
}
