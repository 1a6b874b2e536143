/**
 * The two calls that the page makes, and what each way to fail means for the person in front of it.
 * @module
 */

/**
 * @typedef {object} ScoreResponse
 * @property {string} model
 * @property {string} metric
 * @property {'clipscore-2.5' | 'torchmetrics-100' | 'cosine'} variant
 * @property {{sha256: string, media_type: string, bytes: number, width: number, height: number}} image
 * @property {{index: number, text: string, score: number, cosine: number, tokens: number, truncated: boolean}[]} data
 * @property {{model_digest: string, preprocessing_digest: string, runtime: string}} identity
 */

/**
 * @typedef {object} LeaderboardRow
 * @property {string} dataset
 * @property {string} dataset_digest
 * @property {string} model
 * @property {string} criterion
 * @property {string} metric
 * @property {string} variant
 * @property {'higher_is_better' | 'lower_is_better'} direction
 * @property {number | null} value
 * @property {number | null} low
 * @property {number | null} high
 * @property {number | null} level
 * @property {string | null} method
 * @property {number} n
 * @property {number} errored
 * @property {number} unscored
 * @property {string} report_digest
 * @property {string} run_id
 */

/** A problem document (RFC 9457), or the lack of an answer (`status` 0). */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {{detail?: string, title?: string, code?: string, request_id?: string, errors?: {pointer: string, detail: string}[]}} body
   * @param {number | null} retryAfter - seconds
   */
  constructor(status, body, retryAfter = null) {
    super(body.detail ?? body.title ?? `the server answered ${status}`)
    this.status = status
    this.code = body.code ?? ''
    this.pointers = (body.errors ?? []).map(({ pointer }) => pointer)
    this.requestId = body.request_id ?? null
    this.retryAfter = retryAfter
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<any>}
 * @throws {Problem}
 */
async function call(path, init) {
  const response = await fetch(path, init).catch(() => {
    throw new Problem(0, { detail: 'no answer from the server' })
  })
  const body = await response.json().catch(() => null)
  if (response.ok && body !== null) return body
  const after = Number(response.headers.get('retry-after') ?? Number.NaN)
  throw new Problem(response.status, body ?? {}, Number.isFinite(after) ? after : null)
}

/** The most rows that the API gives at once. */
export const LEADERBOARD_LIMIT = 500

/** @returns {Promise<LeaderboardRow[]>} */
export async function leaderboard() {
  const { data } = await call(`/v1/leaderboards?limit=${LEADERBOARD_LIMIT}`)
  return data
}

/**
 * @param {string} image - a `data:` URI
 * @param {readonly string[]} texts
 * @returns {Promise<ScoreResponse>}
 */
export function score(image, texts) {
  return call('/v1/score', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ image, texts }),
  })
}

/**
 * Where a failed score belongs on the page, and what helps.
 * @param {Problem} problem
 * @returns {{place: 'picture' | 'captions' | 'score', advice: string}}
 */
export function explain({ status, code, pointers, retryAfter, requestId }) {
  const about = (/** @type {string} */ field) => pointers.some((pointer) => pointer.startsWith(`/${field}`))
  if (about('texts')) return { place: 'captions', advice: 'Change the caption and score again.' }
  if (code.startsWith('bad_image.')) return { place: 'picture', advice: pictureAdvice(code.slice('bad_image.'.length)) }
  if (status === 413)
    return { place: 'picture', advice: 'Save the picture smaller, or as an ordinary PNG or JPEG, and choose it again.' }
  if (status === 415 || about('image')) return { place: 'picture', advice: 'Choose a PNG, JPEG or WebP picture.' }
  if (status === 429) return { place: 'score', advice: `Try again ${waiting(retryAfter)}.` }
  if (status === 0) return { place: 'score', advice: 'Check your connection and score again; nothing you entered is lost.' }
  if (status >= 500)
    return { place: 'score', advice: `Score again in a moment.${requestId ? ` If it stays, report request ${requestId}.` : ''}` }
  return { place: 'score', advice: 'Change the picture or the captions and score again.' }
}

/** @param {string} reason */
function pictureAdvice(reason) {
  switch (reason) {
    case 'animated':
      return 'Choose a still picture, or save one frame of this one as PNG.'
    case 'unsupported_bit_depth':
    case 'unsupported_color':
      return 'Save it as an ordinary 8-bit RGB picture (PNG or JPEG) and choose it again.'
    case 'unknown_format':
    case 'header_mismatch':
      return 'Choose a PNG, JPEG or WebP picture.'
    case 'too_many_scans':
    case 'inflated_chunk':
      return 'Save it again with another program and choose the new file.'
    default:
      return 'The file looks damaged. Save or download it again, or choose another.'
  }
}

/** @param {number | null} seconds */
function waiting(seconds) {
  if (seconds === null) return 'later'
  if (seconds <= 90) return `in ${Math.max(1, Math.ceil(seconds))} seconds`
  if (seconds <= 5400) return `in about ${Math.round(seconds / 60)} minutes`
  return `in about ${Math.round(seconds / 3600)} hours`
}
