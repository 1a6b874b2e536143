/**
 * Possible answers to questions, statements and captions, and signed manifests.
 * @module
 */
import { canonicalJson } from '../../src/contracts/canonical-json.ts'
import type { components } from '../../src/contracts/api-types.d.ts'
import { described, hex, IDENTITY } from './made-up-answers.ts'
import type { Answer, Asked } from './page-server.ts'

type Schemas = components['schemas']

const PHOTOGRAPH = {
  code: 'out_of_domain',
  message: 'the picture is a photograph.',
  kind: 'photograph',
  trained_on: ['drawing'],
} as const satisfies Schemas['AnswerResponse']['warnings'][number]

export function told({ image, question, statement, model }: Asked): Answer {
  const { decoded: _, ...picture } = described(image)
  const read = { tokens: 9, truncated: false, unknown_tokens: 0, warnings: [PHOTOGRAPH], identity: IDENTITY }
  if (question !== undefined) {
    const top = [0.912, 0.06].map((probability, index) => ({ rank: index + 1, answer: String(3 - index), probability }))
    return {
      body: {
        object: 'answer',
        model: model ?? 'assay-lxmert',
        question,
        answer: '3',
        probability: 0.912,
        top,
        answers: 57,
        image: picture,
        ...read,
      } satisfies Schemas['AnswerResponse'],
    }
  }
  if (statement !== undefined)
    return {
      body: {
        object: 'verdict',
        model: 'assay-lxmert',
        statement,
        verdict: false,
        probability: 0.2,
        images: [picture],
        ...read,
      } satisfies Schemas['VerdictResponse'],
    }
  const caption = { caption: 'two peacocks and a <b>car</b>', log_probability: Math.log(0.2) }
  return {
    body: {
      object: 'caption',
      model: 'assay-caption',
      ...caption,
      top: [{ rank: 1, ...caption, tokens: 9 }],
      image: picture,
      warnings: [],
      identity: IDENTITY,
    } satisfies Schemas['CaptionResponse'],
  }
}

interface How {
  /** The manifest differs from what was signed. */
  readonly changed?: boolean
  /** The signing key is not listed. */
  readonly stranger?: boolean
  readonly report?: string
  readonly unsigned?: boolean
}

/** A manifest of a report with its signature, and the server's key set. */
export async function signedManifest(digest: string, { changed, stranger, report, unsigned }: How) {
  const body: Schemas['ManifestBody'] = {
    schema: 'assay.manifest/1',
    run: { id: 'evalrun_2', eval_id: 'eval_1', status: 'completed', started_at: 1_795_957_200, ended_at: 1_795_957_230 },
    report_digest: report ?? digest,
    spec_digest: hex('8'),
    dataset: { name: 'scenes-vqa', digest: hex('9'), task: 'vqa', items: 486, selected: 486 },
    model: { type: 'results', name: 'scenes-strong' },
    preprocessing_digest: null,
    graders: [],
    scorers: [{ type: 'vqa_accuracy', name: 'vqa' }],
    seed: 7,
    level: 0.95,
    rows: { count: 486, digest: hex('5') },
    code: { version: '0.1.0', commit: null },
  }
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
  const { x = '' } = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JsonWebKey
  const encoded = (text: string) => Buffer.from(text).toString('base64url')
  const signed = `${encoded(JSON.stringify({ alg: 'EdDSA', kid: 'key-1' }))}.${encoded(canonicalJson(body))}`
  const made = Buffer.from(await crypto.subtle.sign('Ed25519', pair.privateKey, Buffer.from(signed))).toString('base64url')
  const shown = changed ? `${signed.slice(0, signed.indexOf('.'))}.${encoded(canonicalJson({ ...body, seed: 8 }))}` : signed
  const manifest: Schemas['Manifest'] = {
    object: 'eval.run.manifest',
    run_id: 'evalrun_2',
    manifest: body,
    signature: unsigned ? null : `${shown}.${made}`,
    key_id: unsigned ? null : 'key-1',
  }
  const key: Schemas['SigningKey'] = {
    kty: 'OKP',
    crv: 'Ed25519',
    alg: 'EdDSA',
    use: 'sig',
    kid: stranger ? 'key-2' : 'key-1',
    x,
    created_at: 1_795_957_200,
    retired_at: null,
  }
  return { manifest, keys: [key] }
}
