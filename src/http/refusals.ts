/**
 * Problem responses that an operation documents. Codes and titles are those of `failure-response.ts`.
 * @module
 */
import { problem } from '../contracts/wire/common.ts'

/** The meaning of each status, as the document states it. */
const REFUSALS = {
  400: 'A field, a parameter or the body has a wrong syntax, type or range.',
  401: 'The request has no key, or the key is not valid.',
  403: "The key's role or tenant does not allow this.",
  404: 'The path names an object that does not exist.',
  408: 'The body did not arrive in time.',
  409: 'The present state does not allow this.',
  413: 'The body, or what it asks for, is too large; `limit` and `unit` state the limit.',
  415: 'The media type is not accepted; `accepted` lists those that are.',
  422: 'The content is well-formed but cannot be used.',
  429: 'Too many requests; `Retry-After` states how long to wait.',
  500: 'A fault of this service.',
  502: 'The endpoint gave no usable answer; `code` names the reason.',
  503: 'A dependency is unavailable for now; `Retry-After` states how long to wait.',
} as const

export type Refusal = keyof typeof REFUSALS

/** Properties of an operation that imply refusals. */
interface Refusing {
  readonly access: string
  readonly query?: unknown
  readonly json?: unknown
  readonly form?: unknown
  readonly binary?: unknown
  readonly raw?: unknown
  readonly idempotent?: boolean
  readonly refuses?: readonly Refusal[]
}

/** The statuses of all problems that an operation may answer, ascending. */
export function refusalsOf({ access, query, json, form, binary, raw, idempotent, refuses = [] }: Refusing): Refusal[] {
  const hasBody = [json, form, binary, raw].some((body) => body !== undefined)
  return [
    ...new Set<Refusal>([
      // An invalid key is refused on public operations too.
      ...([401, 429, 500, 503] as const),
      ...(query !== undefined || idempotent === true || access !== 'public' ? ([400] as const) : []),
      ...(hasBody ? ([400, 408, 413, 415] as const) : []),
      ...(idempotent === true ? ([409, 422] as const) : []),
      ...(access === 'admin' ? ([403] as const) : []),
      ...refuses,
    ]),
  ].toSorted()
}

/** The `responses` member of these refusals in the document. */
export function problemResponses(statuses: readonly Refusal[]) {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      { description: REFUSALS[status], content: { 'application/problem+json': { schema: problem } } },
    ]),
  )
}
