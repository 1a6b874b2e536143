/**
 * Requests that the server received, for tests to inspect.
 * @module
 */

export interface ChatRecord {
  readonly authorization: string | null
  readonly model: string
  readonly prompt: string
  readonly imageSha256: string
  /** All other members of the body: temperature, seed and so on. */
  readonly parameters: Readonly<Record<string, unknown>>
}

export interface WebhookRecord {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The answer's status. */
  readonly status: number
}

/** A commit status: its path, its token and the members of its body. */
export interface StatusRecord {
  readonly path: string
  readonly authorization: string | null
  readonly state?: string
}

export interface RequestLog {
  /** Chat requests received, including failed and malformed ones. */
  readonly chatCount: number
  /** Maximum number of concurrent chat requests. */
  readonly maxConcurrency: number
  /** Well-formed chat requests, in order of arrival. */
  readonly chats: readonly ChatRecord[]
  readonly webhooks: readonly WebhookRecord[]
  readonly statuses: readonly StatusRecord[]
}

export interface RequestRecorder {
  readonly log: RequestLog
  /** Counts a chat request as active until the returned function is called. */
  enter(): () => void
  chat(record: ChatRecord): void
  webhook(record: WebhookRecord): void
  status(record: StatusRecord): void
  clear(): void
}

export function createRequestRecorder(): RequestRecorder {
  let underWay = 0
  const fresh = () => ({
    chatCount: 0,
    maxConcurrency: 0,
    chats: [] as ChatRecord[],
    webhooks: [] as WebhookRecord[],
    statuses: [] as StatusRecord[],
  })
  let log = fresh()
  return {
    get log() {
      return log
    },
    enter() {
      log.chatCount++
      log.maxConcurrency = Math.max(log.maxConcurrency, ++underWay)
      return () => void underWay--
    },
    chat: (record) => void log.chats.push(record),
    webhook: (record) => void log.webhooks.push(record),
    status: (record) => void log.statuses.push(record),
    clear: () => void (log = fresh()),
  }
}
