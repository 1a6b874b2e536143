/**
 * Signed manifests of reports, and the keys that sign them.
 * @module
 */
import { Fault } from '../../../contracts/failure.ts'
import type { PublicSigningKey, RunManifest, StoredManifest } from '../../../contracts/manifest.ts'
import { signedManifest } from '../../../runs/manifest.ts'
import type { Services } from '../../app-context.ts'
import { route } from '../../route.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import { findRun } from '../runs/find-run.ts'
import { getManifest, getManifestsOfReport, getSigningKeys, rotateSigningKey } from './operations.ts'
import type { ManifestObject, SigningKeyObject } from './schema.ts'

/** Runs with equal specifications share a report. */
const MOST_MANIFESTS = 20

export const manifestRoutes = [
  route(getManifest, async (call) => {
    const { services, answer } = call
    const { tenant, id, status, reportDigest } = await findRun(call)
    const manifest = await services.manifests.find(tenant, id)
    if (manifest === null)
      throw new Fault({
        kind: 'conflict',
        detail:
          reportDigest === null
            ? `run ${id} has no report, hence no manifest: it is ${status}`
            : `run ${id} ended before manifests were signed; start the same run again to get one`,
      })
    return answer(200, await shapeOf(services, manifest))
  }),

  route(getManifestsOfReport, async ({ services, principal, params: { digest }, answer }) => {
    const known = /^[0-9a-f]{64}$/.test(digest)
    const found = known ? await services.manifests.ofReport(principal?.tenant ?? null, digest, MOST_MANIFESTS) : []
    if (found.length === 0) throw new Fault({ kind: 'not_found', resource: 'manifest of report', id: digest })
    return answer(200, { object: 'list', data: await Promise.all(found.map((manifest) => shapeOf(services, manifest))) })
  }),

  route(getSigningKeys, async ({ services, answer }) =>
    answer(200, { keys: (await services.signingKeys.list()).map(keyShape) }, { 'cache-control': 'public, max-age=300' }),
  ),

  route(rotateSigningKey, async ({ services, principal, readJson, answer }) => {
    const options = await readJson()
    return answer(201, keyShape(await services.signingKeys.rotate(principal.tenant, options)))
  }),
]

async function shapeOf(services: Pick<Services, 'signingKeys' | 'manifests'>, stored: StoredManifest): Promise<ManifestObject> {
  const { runId, body, signature } = await signedManifest(services, stored)
  return {
    object: 'eval.run.manifest',
    run_id: runId,
    manifest: JSON.parse(body) as RunManifest,
    signature: signature?.jws ?? null,
    key_id: signature?.keyId ?? null,
  }
}

function keyShape({ keyId, x, createdAt, retiredAt }: PublicSigningKey): SigningKeyObject {
  return {
    kty: 'OKP',
    crv: 'Ed25519',
    alg: 'EdDSA',
    use: 'sig',
    kid: keyId,
    x,
    created_at: unixSeconds(createdAt),
    retired_at: retiredAt === null ? null : unixSeconds(retiredAt),
  }
}
