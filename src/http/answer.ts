/**
 * The answer of a handler: a value, which `route.ts` turns into a response.
 * @module
 */
import type { SuccessStatus } from './operation.ts'

export type Headers = Readonly<Record<string, string>>

/** An answer that its operation documents; `Call.answer` makes it. */
export class Answer {
  readonly status: SuccessStatus
  readonly body: unknown
  readonly headers: Headers
  constructor(status: SuccessStatus, body: unknown, headers: Headers = {}) {
    this.status = status
    this.body = body
    this.headers = headers
  }
}

/** JSON that is serialized already: a stored answer, or a report whose bytes are promised. */
export class JsonText<T> {
  readonly text: string
  /** Type only. */
  declare readonly value?: T
  constructor(text: string) {
    this.text = text
  }
}
