/**
 * The page's calls to the API, and advice for each way to fail.
 * @module
 */

/** @typedef {import('../../src/contracts/api-types.d.ts').components['schemas']} Schemas */
/** @typedef {Schemas['ScoreResponse']} ScoreResponse */
/** @typedef {Schemas['ClassifyResponse']} ClassifyResponse */
/** @typedef {Schemas['AnswerResponse']} AnswerResponse */
/** @typedef {Schemas['VerdictResponse']} VerdictResponse */
/** @typedef {Schemas['CaptionResponse']} CaptionResponse */
/** @typedef {Schemas['Model']} Model */
/** @typedef {Schemas['LeaderboardRow']} LeaderboardRow */
/** @typedef {Schemas['Manifest']} Manifest */
/** @typedef {Schemas['SigningKey']} SigningKey */

/** A problem document (RFC 9457); `status` 0 without any answer. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {Partial<Schemas['Problem']>} body
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
export async function answerOf(path, init) {
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

/** The most rows per request. */
export const LEADERBOARD_LIMIT = 500

/** @type {Promise<LeaderboardRow[]> | null} */
let latest = null

/** @returns {Promise<LeaderboardRow[]>} */
export function leaderboard() {
  latest = call(`/v1/leaderboards?limit=${LEADERBOARD_LIMIT}`).then(({ data }) => data)
  return latest
}

/**
 * Null for a dataset version that is not on the leaderboard.
 * @param {string | undefined} digest
 * @returns {Promise<string | null>}
 */
export async function datasetName(digest) {
  const rows = await (latest ?? leaderboard()).catch(() => [])
  return rows.find(({ dataset_digest }) => dataset_digest === digest)?.dataset ?? null
}

/** @type {Promise<Model[]> | null} */
let described = null

/**
 * The models of this server, requested once; again after a failure.
 * @returns {Promise<readonly Model[]>} empty while they are unavailable
 */
export function models() {
  described ??= call('/v1/models').then(({ data }) => data)
  return described.catch(() => {
    described = null
    return []
  })
}

/**
 * The report's bytes, unparsed: its digest covers them.
 * @param {string} digest
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function report(digest) {
  const response = await answerOf(`/v1/reports/${encodeURIComponent(digest)}`)
  return new Uint8Array(await response.arrayBuffer())
}

/**
 * @param {string} digest - of a report
 * @returns {Promise<Schemas['ErroredBoundsList']['data']>}
 */
export async function erroredBoundsOf(digest) {
  return (await call(`/v1/reports/${encodeURIComponent(digest)}/errored_bounds`)).data
}

/**
 * @param {string} digest - of a report
 * @returns {Promise<readonly Manifest[]>}
 */
export async function manifestsOf(digest) {
  return (await call(`/v1/reports/${encodeURIComponent(digest)}/manifests`)).data
}

/** @returns {Promise<readonly SigningKey[]>} */
export async function signingKeys() {
  return (await call('/v1/signing_keys')).keys
}

/**
 * @param {Blob} image
 * @param {string} model - empty to have one chosen by the picture
 * @param {readonly string[]} texts
 * @returns {Promise<ScoreResponse>}
 */
export function score(image, model, texts) {
  return ask(
    image,
    model,
    texts.map((text) => ['text', text]),
  )
}

/**
 * @param {Blob} image
 * @param {string} model - empty to have one chosen by the picture
 * @param {readonly string[]} labels
 * @param {readonly string[]} templates
 * @returns {Promise<ClassifyResponse>}
 */
export function classify(image, model, labels, templates) {
  return ask(image, model, [['classify', JSON.stringify({ labels, templates })]])
}

/** Answers and captions to show. */
const SHOWN = '5'

/**
 * @param {Blob} image
 * @param {string} model - empty for the server's default
 * @param {string} text
 * @returns {Promise<AnswerResponse>}
 */
export function question(image, model, text) {
  return ask(image, model, [
    ['question', text],
    ['top', SHOWN],
  ])
}

/**
 * @param {Blob} image
 * @param {string} model - empty for the server's default
 * @param {string} text
 * @returns {Promise<VerdictResponse>}
 */
export function judge(image, model, text) {
  return ask(image, model, [['statement', text]])
}

/**
 * @param {Blob} image
 * @param {string} model - empty for the server's default
 * @returns {Promise<CaptionResponse>}
 */
export function caption(image, model) {
  return ask(image, model, [
    ['caption', 'true'],
    ['top', SHOWN],
  ])
}

/**
 * A form, since JSON takes no large picture.
 * @param {Blob} image
 * @param {string} model
 * @param {readonly (readonly [field: string, text: string])[]} fields
 */
function ask(image, model, fields) {
  const body = new FormData()
  body.append('image', image, 'picture')
  if (model) body.append('model', model)
  for (const [field, text] of fields) body.append(field, text)
  return call('/v1/score', { method: 'POST', body })
}

/**
 * The place on the page for a failed question, and advice.
 * @param {Problem} problem
 * @returns {{place: import('./checks.js').Place | 'picture' | 'ask', advice: string}}
 */
export function explain(problem) {
  const { status, code, pointers } = problem
  const about = (/** @type {string} */ field) => pointers.some((pointer) => pointer.startsWith(field))
  if (about('text')) return { place: 'captions', advice: 'Change the caption and score again.' }
  if (about('classify#/templates')) return { place: 'templates', advice: 'Change the prompt and classify again.' }
  if (about('classify')) return { place: 'labels', advice: 'Change the label and classify again.' }
  if (about('question')) return { place: 'question', advice: 'Change the question and ask again.' }
  if (about('statement')) return { place: 'statement', advice: 'Change the statement and ask again.' }
  if (about('model')) return { place: 'ask', advice: 'Choose another model.' }
  if (code.startsWith('bad_image.')) return { place: 'picture', advice: pictureAdvice(code.slice('bad_image.'.length)) }
  if (status === 413)
    return { place: 'picture', advice: 'Save the picture smaller, or as an ordinary PNG or JPEG, and choose it again.' }
  if (status === 415 || about('image')) return { place: 'picture', advice: 'Choose a PNG, JPEG, WebP or GIF picture.' }
  return { place: 'ask', advice: retryAdvice(problem) || 'Change the picture or the words and ask again.' }
}

/**
 * Advice for a failure that is not the question's fault; empty otherwise.
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
      return 'Choose a PNG, JPEG, WebP or GIF picture.'
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
