/**
 * The calls that the page makes, and what each way to fail means for the person in front of it.
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
 * @typedef {object} ClassifyResponse
 * @property {string} model
 * @property {string} metric
 * @property {'softmax' | 'sigmoid'} variant
 * @property {ScoreResponse['image']} image
 * @property {boolean} calibrated
 * @property {number} temperature
 * @property {Calibration | null} calibration
 * @property {{rank: number, index: number, label: string, probability: number, cosine: number, prompts: number, truncated: number}[]} data
 * @property {ScoreResponse['identity'] & {classifier_digest: string}} identity
 */

/** @typedef {{n: number, labels: number, ece_after: number, temperature: number}} Calibration */

/**
 * @typedef {object} Model
 * @property {string} id
 * @property {string} model_digest
 * @property {{languages: string[], embedding: {logit_scale: number}, calibration?: Calibration}} manifest
 */

/**
 * @typedef {object} LeaderboardRow
 * @property {string} dataset
 * @property {string} dataset_digest
 * @property {string} model
 * @property {{type: 'edge_model' | 'endpoint' | 'results' | 'scores'}} subject
 * @property {number | null} rank
 * @property {'no_value' | 'prediction_powered' | 'limit' | 'stopped_early' | 'errored' | 'unscored' | null} not_ranked
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
 * @property {number} used
 * @property {number} items
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
 * @throws {Problem}
 */
async function answerOf(path, init) {
  const response = await fetch(path, init).catch(() => {
    throw new Problem(0, { detail: 'no answer from the server' })
  })
  if (response.ok) return response
  const body = await response.json().catch(() => null)
  const after = Number(response.headers.get('retry-after') ?? Number.NaN)
  throw new Problem(response.status, body ?? {}, Number.isFinite(after) ? after : null)
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<any>}
 * @throws {Problem}
 */
async function call(path, init) {
  const response = await answerOf(path, init)
  return response.json().catch(() => {
    throw new Problem(response.status, {})
  })
}

/** The most rows that the API gives at once. */
export const LEADERBOARD_LIMIT = 500

/** @returns {Promise<LeaderboardRow[]>} */
export async function leaderboard() {
  const { data } = await call(`/v1/leaderboards?limit=${LEADERBOARD_LIMIT}`)
  return data
}

/** The model that answers where none is named. */
const DEFAULT_MODEL = 'assay-clip'

/** @type {Promise<Model> | null} */
let described = null

/**
 * What the model says of itself, asked for once; again after a failure.
 * @returns {Promise<Model | null>} null while it cannot be had
 */
export function model() {
  described ??= call(`/v1/models/${DEFAULT_MODEL}`)
  return described.catch(() => (described = null))
}

/**
 * The report's bytes as they came: its digest is over them.
 * @param {string} digest
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function report(digest) {
  const response = await answerOf(`/v1/reports/${encodeURIComponent(digest)}`)
  return new Uint8Array(await response.arrayBuffer())
}

/**
 * @param {string} image - a `data:` URI
 * @param {readonly string[]} texts
 * @returns {Promise<ScoreResponse>}
 */
export function score(image, texts) {
  return ask({ image, texts })
}

/**
 * @param {string} image - a `data:` URI
 * @param {readonly string[]} labels
 * @param {readonly string[]} templates
 * @returns {Promise<ClassifyResponse>}
 */
export function classify(image, labels, templates) {
  return ask({ image, classify: { labels, templates } })
}

/** @param {object} question */
function ask(question) {
  return call('/v1/score', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(question),
  })
}

/**
 * Where a failed question belongs on the page, and what helps.
 * @param {Problem} problem
 * @returns {{place: 'picture' | 'captions' | 'labels' | 'templates' | 'ask', advice: string}}
 */
export function explain(problem) {
  const { status, code, pointers } = problem
  const about = (/** @type {string} */ field) => pointers.some((pointer) => pointer.startsWith(`/${field}`))
  if (about('texts')) return { place: 'captions', advice: 'Change the caption and score again.' }
  if (about('classify/templates')) return { place: 'templates', advice: 'Change the prompt and classify again.' }
  if (about('classify')) return { place: 'labels', advice: 'Change the label and classify again.' }
  if (code.startsWith('bad_image.')) return { place: 'picture', advice: pictureAdvice(code.slice('bad_image.'.length)) }
  if (status === 413)
    return { place: 'picture', advice: 'Save the picture smaller, or as an ordinary PNG or JPEG, and choose it again.' }
  if (status === 415 || about('image')) return { place: 'picture', advice: 'Choose a PNG, JPEG or WebP picture.' }
  return { place: 'ask', advice: retryAdvice(problem) || 'Change the picture or the words and ask again.' }
}

/**
 * What helps when nothing was wrong with what was asked; empty otherwise.
 * @param {Problem} problem
 */
export function retryAdvice({ status, retryAfter, requestId }) {
  if (status === 429) return `Try again ${waiting(retryAfter)}.`
  if (status === 0) return 'Check your connection and try again; nothing you entered is lost.'
  if (status >= 500) return `Try again in a moment.${requestId ? ` If it stays, report request ${requestId}.` : ''}`
  return ''
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
    case 'too_many_chunks':
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
