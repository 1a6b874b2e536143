/**
 * Bindings and every default, parsed once per request.
 * @module
 */
import { Fault } from './contracts/failure.ts'
import type { EndpointPacer } from './models/endpoint/pacing/endpoint-pacer.workerd.ts'
import type { WorkQueue } from './contracts/run.ts'
import type { ControlMessage, ShardMessage } from './contracts/message.ts'

export interface Env {
  readonly DB: D1Database
  readonly PUBLISHED: KVNamespace
  readonly OBJECTS: R2Bucket
  readonly EDGE_QUEUE: Queue<ShardMessage>
  readonly ENDPOINT_QUEUE: Queue<ShardMessage>
  readonly CONTROL_QUEUE: Queue<ControlMessage>
  /** Turns of requests to external endpoints. */
  readonly ENDPOINT_PACER: DurableObjectNamespace<EndpointPacer>
  readonly ASSETS: Fetcher
  readonly ANONYMOUS_LIMIT: RateLimit
  readonly VISITOR_READ_LIMIT: RateLimit
  readonly KEY_LIMIT: RateLimit
  readonly DELIVERY_SOURCE_LIMIT: RateLimit
  readonly SIGNED_DELIVERY_LIMIT: RateLimit
  readonly RECOMPUTE_LIMIT: RateLimit
  readonly FAILED_ATTEMPT_LIMIT: RateLimit
  readonly LEASE_SECONDS: string
  readonly STALL_SECONDS: string
  readonly ANONYMOUS_DAILY_BUDGET: string
  readonly ANONYMOUS_NETWORK_BUDGET: string
  readonly ANSWER_RETENTION_DAYS: string
  readonly EDGE_CONSUMERS: string
  readonly COMPARE_AT_ONCE: string
  readonly ENDPOINT_CONSUMERS: string
  readonly OWN_HOSTS: string
  readonly PUBLIC_URL: string
  readonly EMBEDDING_CACHE: string
  /** Secret: 32 random bytes in base64, which encrypt stored signing secrets. */
  readonly SECRETS_KEY?: string
  /** The first administrator's key, by configuration: its id, and the SHA-256 of its secret part in hex. */
  readonly LOCAL_KEY_ID?: string
  readonly LOCAL_KEY_HASH?: string
  /** Workers for single towers of a model too large for this one (src/tower.toml). */
  readonly VISION_TOWER?: Fetcher
  readonly TEXT_TOWER?: Fetcher
  /** Development only: a fetcher that reaches loopback, for configured endpoints and webhook targets. */
  readonly LOOPBACK?: Fetcher
  /** Local servers only: returns the free bytes on the storage disk. */
  readonly DISK_ROOM?: Fetcher
  /** Development only: an address notified at each failpoint, see `scripts/chaos.ts`. */
  readonly FAILPOINT_URL?: string
}

export interface Settings {
  readonly leaseMilliseconds: number
  readonly stallMilliseconds: number
  readonly anonymousDailyBudget: number
  readonly anonymousNetworkBudget: number
  /** How long answers of endpoints are stored. */
  readonly answerRetentionMilliseconds: number
  /** Most messages of each queue of shards. */
  readonly messagesUnderWay: Readonly<Record<WorkQueue, number>>
  /** Items × criteria × treatments that a request compares. */
  readonly comparedAtOnce: number
  readonly ownHosts: readonly string[]
  /** The address at which this Worker is reached from outside; empty: not known. */
  readonly publicUrl: string
  readonly remembersEmbeddings: boolean
  readonly configuredKey: { readonly id: string; readonly secretHash: string; readonly tenant: string } | null
}

/** One that a consumer has, and one that waits for it. */
const MESSAGES_PER_CONSUMER = 2
const DAY = 24 * 3_600_000

/** The tenant of the configured key, which owns the deployment's secrets. */
export const FIRST_TENANT = 'main'

/**
 * Parses the variables of `wrangler.toml`.
 * @throws {Fault} of kind `unavailable`, naming the wrong variable: a misconfigured deployment answers 503
 */
export function readSettings(env: Env): Settings {
  const { LOCAL_KEY_ID: id, LOCAL_KEY_HASH: secretHash } = env
  return {
    leaseMilliseconds: 1000 * positive('LEASE_SECONDS', env.LEASE_SECONDS),
    stallMilliseconds: 1000 * positive('STALL_SECONDS', env.STALL_SECONDS),
    anonymousDailyBudget: positive('ANONYMOUS_DAILY_BUDGET', env.ANONYMOUS_DAILY_BUDGET),
    anonymousNetworkBudget: positive('ANONYMOUS_NETWORK_BUDGET', env.ANONYMOUS_NETWORK_BUDGET),
    answerRetentionMilliseconds: DAY * positive('ANSWER_RETENTION_DAYS', env.ANSWER_RETENTION_DAYS),
    messagesUnderWay: {
      edge: MESSAGES_PER_CONSUMER * positive('EDGE_CONSUMERS', env.EDGE_CONSUMERS),
      endpoint: MESSAGES_PER_CONSUMER * positive('ENDPOINT_CONSUMERS', env.ENDPOINT_CONSUMERS),
    },
    comparedAtOnce: positive('COMPARE_AT_ONCE', env.COMPARE_AT_ONCE),
    ownHosts: env.OWN_HOSTS.split(',')
      .map((host) => host.trim())
      .filter(Boolean),
    publicUrl: address('PUBLIC_URL', env.PUBLIC_URL),
    remembersEmbeddings: switched('EMBEDDING_CACHE', env.EMBEDDING_CACHE),
    configuredKey: id && secretHash ? { id, secretHash, tenant: FIRST_TENANT } : null,
  }
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw misconfigured(`variable ${name} must be a positive number, not ${JSON.stringify(text)}`)
  return value
}

function address(name: string, text: string): string {
  if (text !== '' && !/^https?:$/.test(URL.parse(text)?.protocol ?? ''))
    throw misconfigured(
      `variable ${name} must be empty or an address such as https://assay.example.com, not ${JSON.stringify(text)}`,
    )
  return text
}

function switched(name: string, text: string): boolean {
  if (text !== 'on' && text !== 'off') throw misconfigured(`variable ${name} must be on or off, not ${JSON.stringify(text)}`)
  return text === 'on'
}

function misconfigured(detail: string): Fault {
  return new Fault({ kind: 'unavailable', detail: `this deployment is misconfigured: ${detail}`, retryAfterSeconds: 60 })
}
