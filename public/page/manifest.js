/**
 * The manifests of a report: what was measured, with what, by which code. Their signatures are verified here.
 * @module
 */
import { manifestsOf, Problem, signingKeys } from './api.js'
import { element, sentence } from './dom.js'
import { formatCount, short } from './figures.js'

/** @typedef {import('./api.js').Manifest} Manifest */
/** @typedef {import('./api.js').SigningKey} SigningKey */
/** @typedef {Manifest['manifest']} Body */

/**
 * Fills `place` with the manifests of a report; a sentence where it has none.
 * @param {HTMLElement} place
 * @param {string} digest - of the report
 */
export async function showManifests(place, digest) {
  try {
    const [manifests, keys] = await Promise.all([manifestsOf(digest), signingKeys()])
    const shown = await Promise.all(manifests.map((manifest) => view(manifest, keys, digest)))
    place.replaceChildren(...(shown.length > 0 ? shown : [hint('This report has no manifest: it was made by an older version.')]))
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    place.replaceChildren(hint(`The manifests could not be loaded: ${sentence(error.message)}`))
  }
}

/**
 * @param {Manifest} manifest
 * @param {readonly SigningKey[]} keys
 * @param {string} digest
 */
async function view(manifest, keys, digest) {
  const { holds, words, body } = await checked(manifest, keys, digest)
  const { run, dataset, model, rows, code } = body
  /** @type {[string, string][]} */
  const facts = [
    ['Run', `${run.id}, ${run.status}, ended ${new Date(1000 * run.ended_at).toISOString().slice(0, 16).replace('T', ' ')} UTC`],
    ['Dataset', `${dataset.name}, ${formatCount(dataset.selected)} of ${formatCount(dataset.items)} items, ${dataset.digest}`],
    ['Model', JSON.stringify(model)],
    ['Recorded rows', `${formatCount(rows.count)}, ${rows.digest}`],
    ['Code', `version ${code.version}${code.commit === null ? '' : `, commit ${code.commit}`}`],
    ['Spec digest', body.spec_digest],
  ]
  return element(
    'details',
    { class: 'manifest' },
    element(
      'summary',
      {},
      `Manifest of ${run.id.slice(0, 12)}…: `,
      element('b', {}, holds ? 'signature verified' : 'signature not verified'),
    ),
    element('p', { class: `message ${holds ? 'notice' : 'problem'}` }, words),
    element(
      'dl',
      { class: 'identity' },
      ...facts.flatMap(([term, text]) => [element('dt', {}, term), element('dd', { class: 'digest' }, text)]),
    ),
  )
}

/**
 * Verifies a JSON Web Signature (RFC 7515, Ed25519 as in RFC 8037). A body that is called verified comes
 * from the signature's payload.
 * @param {Manifest} manifest
 * @param {readonly SigningKey[]} keys
 * @param {string} digest - of the report that the manifest must name
 * @returns {Promise<{holds: boolean, words: string, body: Body}>}
 */
async function checked({ manifest, signature }, keys, digest) {
  const fails = (/** @type {string} */ words) => ({ holds: false, words, body: manifest })
  if (signature === null) return fails('This manifest is not signed: the server has no key to sign with.')
  if (!crypto.subtle) return fails('Browsers verify signatures on secure origins only. `assay verify` does it in a terminal.')
  const [head = '', payload = '', made = ''] = signature.split('.')
  try {
    const { kid, alg } = JSON.parse(textOf(head))
    const jwk = keys.find((key) => key.kid === kid)
    if (alg !== 'EdDSA' || jwk === undefined) return fails('No key of this server made this signature.')
    const key = await crypto.subtle.importKey('jwk', { kty: jwk.kty, crv: jwk.crv, x: jwk.x }, 'Ed25519', false, ['verify'])
    const signed = new TextEncoder().encode(`${head}.${payload}`)
    if (!(await crypto.subtle.verify('Ed25519', key, bytesOf(made), signed)))
      return fails('This signature is not that of this manifest.')
    /** @type {Body} */
    const body = JSON.parse(textOf(payload))
    if (body.report_digest !== digest) return fails('The manifest that was signed is that of another report.')
    return {
      holds: true,
      words: `Verified here: Ed25519, key ${short(kid)}, over the facts below and the digest of this report.`,
      body,
    }
  } catch {
    return fails(
      'This browser cannot verify Ed25519 signatures, or the signature is damaged. `assay verify` does it in a terminal.',
    )
  }
}

/** @param {string} base64url */
function bytesOf(base64url) {
  const base64 = base64url.replaceAll('-', '+').replaceAll('_', '/')
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}

/** @param {string} base64url */
const textOf = (base64url) => new TextDecoder().decode(bytesOf(base64url))

/** @param {string} words */
const hint = (words) => element('p', { class: 'hint' }, words)
