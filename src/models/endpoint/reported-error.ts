/**
 * Errors that OpenAI-compatible servers and gateways report inside a 200: `{"error": {"code": 429, "message":
 * …}}` (OpenRouter, LiteLLM), `{"error": "…"}`, `{"object": "error", "message": …}` (vLLM, FastChat),
 * `{"detail": …}` (FastAPI), or an `error` in the one choice.
 * @module
 */

export interface ReportedError {
  /** The HTTP status that the error stands for; null if unknown. */
  readonly status: number | null
  /** The error's own code; null if it has none. */
  readonly code: string | null
  readonly message: string | null
}

type Members = Readonly<Record<string, unknown>>

/** HTTP statuses of `code`, `type` or `status` names: OpenAI's, Anthropic's, Google's. */
const STATUS_OF_NAME: Readonly<Record<string, number>> = {
  rate_limit_exceeded: 429,
  rate_limit_error: 429,
  too_many_requests: 429,
  resource_exhausted: 429,
  server_error: 500,
  api_error: 500,
  internal: 500,
  internal_error: 500,
  internal_server_error: 500,
  overloaded: 503,
  overloaded_error: 503,
  unavailable: 503,
  service_unavailable: 503,
  timeout: 504,
  timeout_error: 504,
  deadline_exceeded: 504,
  authentication_error: 401,
  invalid_api_key: 401,
  permission_error: 403,
  insufficient_quota: 402,
}

/** The error that a parsed body reports; null if there is none. */
export function reportedError(body: unknown): ReportedError | null {
  if (!isObject(body)) return null
  const choices = Array.isArray(body['choices']) ? (body['choices'] as unknown[]) : []
  const choice = isObject(choices[0]) ? choices[0] : {}
  const given = [body['error'], choice['error']].find(saysSomething)
  if (given !== undefined) return readError(given, body)
  if (choice['finish_reason'] === 'error') return { status: null, code: null, message: null }
  // Without choices, these members are an error.
  if (choices.length === 0 && ['message', 'detail'].some((name) => saysSomething(body[name]))) return readError(body, body)
  return null
}

/** `error: null`, `false`, `""` and `{}` also accompany good answers. */
function saysSomething(error: unknown): boolean {
  if (isObject(error)) return Object.values(error).some((value) => value !== null && value !== '' && value !== 0)
  return error !== undefined && error !== null && error !== false && error !== '' && error !== 0
}

function readError(error: unknown, body: Members): ReportedError {
  const members: Members = isObject(error) ? error : {}
  // `{"error": true, "message": …}` and `{"error": "…", "code": …}` have the details beside it.
  const all = [members, body]
  const names = all.flatMap((one) => [one['code'], one['status'], one['status_code'], one['type']]).filter(isName)
  const words = [error, members['message'], members['detail'], body['message'], body['detail']]
  const status = names.map(statusOf).find((found) => found !== null) ?? null
  return { status, code: names.length > 0 ? String(names[0]) : null, message: words.find(isText) ?? null }
}

function statusOf(name: string | number): number | null {
  const number = typeof name === 'number' ? name : /^[0-9]{3}$/.test(name) ? Number(name) : null
  if (number !== null) return Number.isInteger(number) && number >= 400 && number <= 599 ? number : null
  return STATUS_OF_NAME[String(name).toLowerCase()] ?? null
}

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''
const isName = (value: unknown): value is string | number => typeof value === 'number' || isText(value)
