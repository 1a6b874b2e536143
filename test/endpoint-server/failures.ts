/**
 * Failures on request: their kind, number and target.
 * @module
 */
import { z } from 'zod'

export const failure = z.strictObject({
  route: z.enum(['chat', 'webhook']).default('chat'),
  /** Limits it to requests whose body contains this text. */
  match: z.string().optional(),
  times: z.int().positive().default(1),
  /** 200 by default, so that `delay_ms` alone is a slow success. */
  status: z.int().min(200).max(599).default(200),
  headers: z.record(z.string(), z.string()).default({}),
  /** Seconds or an HTTP date, like `Retry-After`. */
  retry_after: z.union([z.string(), z.number()]).optional(),
  delay_ms: z.int().nonnegative().default(0),
  /**
   * `normal`: a good answer, or an error object by the status. `garbage`: invalid JSON. `empty`: no body.
   * `truncate`: half of the announced bytes, then a closed connection. `hang_up`: a closed connection without
   * a status.
   */
  body: z.enum(['normal', 'garbage', 'empty', 'truncate', 'hang_up']).default('normal'),
})

export type Failure = z.infer<typeof failure>
export type FailureRequest = z.input<typeof failure>

export interface FailurePlan {
  /** Appends. */
  add(failures: readonly FailureRequest[]): void
  /** The first match for this request, used once; undefined: answer normally. */
  take(route: Failure['route'], body: string): Failure | undefined
  clear(): void
}

export function createFailurePlan(): FailurePlan {
  let plan: { readonly failure: Failure; left: number }[] = []
  return {
    add(failures) {
      for (const request of failures) {
        const parsed = failure.parse(request)
        plan.push({ failure: parsed, left: parsed.times })
      }
    },
    take(route, body) {
      const entry = plan.find(
        ({ failure, left }) =>
          left > 0 && failure.route === route && (failure.match === undefined || body.includes(failure.match)),
      )
      if (entry) entry.left--
      return entry?.failure
    },
    clear: () => void (plan = []),
  }
}
