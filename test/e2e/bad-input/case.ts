/**
 * A bad request, and the refusal that it must get.
 * @module
 */

export interface Request {
  readonly headers?: Record<string, string>
  readonly body?: BodyInit
}

export type Class = 'syntax' | 'type' | 'range' | 'reference' | 'size' | 'authorization' | 'conflict'

export interface Case {
  /** `POST /v1/evals/{eval_id}` */
  readonly route: string
  readonly class: Class
  readonly what: string
  /** The path itself, where it is not the route's with good ids. */
  readonly path?: () => string
  readonly request?: () => Request
  /** An administrator's unless given; null: none. */
  readonly key?: () => string | null
  readonly method?: string
  readonly status: number
  readonly code: string
  /** Pointer of the first error. */
  readonly pointer?: string
  readonly detail?: RegExp
  readonly headers?: Record<string, RegExp>
}

export const invalid = { status: 400, code: 'invalid_request' }
export const unprocessable = { status: 422, code: 'unprocessable' }
export const conflict = { status: 409, code: 'conflict', headers: { 'x-should-retry': /^false$/ } }
export const DATASETS = 'POST /v1/datasets'
export const RUNS = 'POST /v1/evals/{eval_id}/runs'
