/**
 * `assay verify`: is the manifest signed by a trusted key, does the published report have its digest, and
 * do the recorded rows still give that report?
 * @module
 */
import { readFile } from 'node:fs/promises'
import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet } from 'jose'
import type { components } from '../../contracts/api-types.d.ts'
import { canonicalJson } from '../../contracts/canonical-json.ts'
import { digestOf } from '../../contracts/digest.ts'
import { UsageError } from '../arguments.ts'
import { ServerError } from '../connection.ts'
import { formatTable } from '../table.ts'
import { type ClientCall, show } from './command.ts'
import { untilEnded } from './until-ended.ts'

type Schemas = components['schemas']
type Manifest = Schemas['Manifest']

interface Check {
  readonly check: string
  readonly holds: boolean
  readonly detail: string
}

/** @returns 0 if every check holds, otherwise 1 */
export async function verifyRun(call: ClientCall, path: string): Promise<number> {
  const { server } = call
  const keys = await keysOf(call)
  const signed = await manifestOf(call, path)
  const checks: Check[] = []
  if (typeof signed === 'string') checks.push({ check: 'manifest', holds: false, detail: signed })
  else checks.push(await signatureCheck(signed, keys, path), await reportCheck(call, signed.manifest.report_digest))
  const made = await recompute(server, path)
  checks.push(...recomputationChecks(made, typeof signed === 'string' ? null : signed.manifest))
  const holds = checks.every((check) => check.holds)
  show(call, { verified: holds, checks, manifest: typeof signed === 'string' ? null : signed.manifest }, () =>
    formatTable(
      [
        { title: 'check', cell: ({ check }) => check },
        { title: '', cell: (check) => (check.holds ? 'holds' : 'FAILS') },
        { title: 'detail', cell: ({ detail }) => detail },
      ],
      checks,
    ),
  )
  return holds ? 0 : 1
}

/** Keys to trust: a saved key set, or the one that the server shows now. */
async function keysOf({ option, server }: ClientCall): Promise<JSONWebKeySet> {
  const file = option('keys')
  if (file === undefined) return server.call<JSONWebKeySet>('GET', '/v1/signing_keys')
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`cannot read ${file}: ${String(error)}`)
  })
  try {
    const set = JSON.parse(text) as JSONWebKeySet
    createLocalJWKSet(set)
    return set
  } catch {
    throw new UsageError(`${file} is not a JSON Web Key Set, as GET /v1/signing_keys answers it`)
  }
}

/** The manifest; a sentence where the run has none. */
async function manifestOf({ server }: ClientCall, path: string): Promise<Manifest | string> {
  try {
    return await server.call<Manifest>('GET', `${path}/manifest`)
  } catch (error) {
    if (error instanceof ServerError && error.status === 409) return error.message
    throw error
  }
}

/** A server could answer with the manifest of another run, which a trusted key signed as well. */
async function signatureCheck({ manifest, signature }: Manifest, keys: JSONWebKeySet, path: string): Promise<Check> {
  const failed = (detail: string): Check => ({ check: 'signature', holds: false, detail })
  const { id, eval_id: evalId } = manifest.run
  if (path !== `/v1/evals/${evalId}/runs/${id}`) return failed(`the manifest is that of ${evalId}/${id}`)
  if (signature === null) return failed('the manifest is not signed: this deployment has no SECRETS_KEY')
  try {
    const { payload, protectedHeader } = await compactVerify(signature, createLocalJWKSet(keys), { algorithms: ['EdDSA'] })
    if (new TextDecoder().decode(payload) !== canonicalJson(manifest)) return failed('another manifest is signed')
    return { check: 'signature', holds: true, detail: `Ed25519, key ${protectedHeader.kid ?? ''}` }
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error
    return failed(error instanceof errors.JWKSNoMatchingKey ? 'no trusted key made it' : error.message)
  }
}

async function reportCheck({ server }: ClientCall, digest: string): Promise<Check> {
  const found = await digestOf(await server.call('GET', `/v1/reports/${digest}`))
  const detail = found === digest ? digest : `the published report has ${found}, the manifest says ${digest}`
  return { check: 'published report', holds: found === digest, detail }
}

/** Asks for a recomputation, and waits for the job of a large run. */
async function recompute(server: ClientCall['server'], path: string): Promise<Schemas['Recomputation']> {
  const first = await server.send<Schemas['Recomputation']>('POST', `${path}/recompute`, {})
  return untilEnded(first, () => server.call<Schemas['Recomputation']>('GET', `${path}/recompute`))
}

function recomputationChecks(made: Schemas['Recomputation'], manifest: Manifest['manifest'] | null): Check[] {
  if (made.status === 'failed') return [{ check: 'recomputed report', holds: false, detail: made.error ?? 'failed' }]
  const expected = manifest?.report_digest ?? made.report_digest
  const equal = made.equal === true && made.recomputed_digest === expected
  return [
    ...(made.rows_equal === null
      ? []
      : [
          {
            check: 'recorded rows',
            holds: made.rows_equal,
            detail: made.rows_equal ? (manifest?.rows.digest ?? '') : 'they are not those of the manifest',
          },
        ]),
    {
      check: 'recomputed report',
      holds: equal,
      detail: equal ? made.recomputed_digest! : `the recorded rows give ${made.recomputed_digest}, not ${expected}`,
    },
  ]
}
