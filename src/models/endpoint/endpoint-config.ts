/**
 * What an administrator said about an external endpoint. A run only names one, so it can never pair an address of its own with a
 * secret of ours (DESIGN section 5).
 * @module
 */

/** Ranges and defaults are those of the wire, `endpointCreate` in `http/routes/endpoints/schema.ts`. */
export interface EndpointConfig {
  readonly name: string
  /** Where `/chat/completions` is appended, usually ending in `/v1`; a query is kept. */
  readonly base_url: string
  /** Names the bearer token among the Worker's secrets; null: none is sent. */
  readonly secret_name: string | null
  /** For one attempt. */
  readonly timeout_ms: number
  readonly max_attempts: number
  /** Requests under way in one shard. A Worker has six connections, which storage shares. */
  readonly concurrency: number
  /** Sent with every request; those that the predictor sets itself win. */
  readonly headers?: Readonly<Record<string, string>>
}
