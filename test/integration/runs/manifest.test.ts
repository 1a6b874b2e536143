/** Manifests: what they say, that their signature verifies by Node's own Ed25519, rotation, recomputation. */
import { createPublicKey, verify } from 'node:crypto'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { canonicalJson } from '../../../src/contracts/canonical-json.ts'
import { sha256Hex } from '../../../src/contracts/digest.ts'
import type { RunManifest, SigningKeys } from '../../../src/contracts/manifest.ts'
import { encodeRows } from '../../../src/contracts/sample-row.ts'
import { signedManifest } from '../../../src/runs/manifest.ts'
import { requestRecomputation } from '../../../src/runs/recompute.ts'
import { scorersOf } from '../../../src/runs/scorers-of-run.ts'
import { rowWidths } from '../../../src/scorers/registry.ts'
import { createSealer } from '../../../src/storage/sealed-secret.ts'
import { createSigningKeys } from '../../../src/storage/signing-keys.ts'
import { SEALING_KEY } from '../../support/run-engine.ts'
import { SqliteEngine } from './sqlite-engine.ts'
import { pureRun, VQA } from '../../support/pure-run.ts'

const pure = await pureRun({ seed: 8, task: 'vqa', items: 12, criteria: [VQA], errored: new Set([3]) })

afterEach(() => void vi.restoreAllMocks())

async function endedRun(lab = new SqliteEngine(pure), wish: Parameters<SqliteEngine['start']>[0] = {}) {
  const { id } = await lab.start(wish)
  await lab.drain()
  const manifest = (await lab.engine.manifests.find('t', id))!
  return { lab, run: await lab.run(id), manifest, body: JSON.parse(manifest.body) as RunManifest }
}

/** By Node's OpenSSL, which knows nothing of the library that signed. */
async function isSigned(keys: SigningKeys, jws: string, body: string): Promise<boolean> {
  const [header, payload, signature] = jws.split('.') as [string, string, string]
  const { alg, kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg: string; kid: string }
  const key = (await keys.list()).find(({ keyId }) => keyId === kid)
  if (key === undefined || alg !== 'EdDSA' || Buffer.from(payload, 'base64url').toString() !== body) return false
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key.x }, format: 'jwk' })
  return verify(null, Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, 'base64url'))
}

describe('a manifest', () => {
  test('names everything that decided the report, and is signed', async () => {
    const { lab, run, manifest, body } = await endedRun()
    const rows = lab.rows<{ rows: Uint8Array }>(`SELECT rows FROM shards ORDER BY shard`)
    expect(rows).toHaveLength(3)
    expect(body).toMatchObject({
      schema: 'assay.manifest/1',
      run: { id: run.id, eval_id: 'eval', status: 'completed', started_at: run.createdAt / 1000 },
      report_digest: run.reportDigest,
      spec_digest: run.specDigest,
      dataset: { digest: pure.version.digest, task: 'vqa', items: 12, selected: 12 },
      model: run.spec.subject,
      preprocessing_digest: null,
      scorers: [VQA],
      seed: run.spec.seed,
      level: run.spec.level,
      rows: { count: 12 },
      code: { version: '0.1.0', commit: null },
    })
    expect(manifest.body).toBe(canonicalJson(body))
    expect(await isSigned(lab.engine.signingKeys, manifest.signature!.jws, manifest.body)).toBe(true)
    expect(await isSigned(lab.engine.signingKeys, manifest.signature!.jws, manifest.body.replace('12', '13'))).toBe(false)
  })

  test('has the digest of the rows, whatever the layout', async () => {
    const { run, body } = await endedRun()
    const other = await endedRun(undefined, { shardSize: 5 })
    expect(other.body.rows).toEqual(body.rows)
    const one = await endedRun(undefined, { shardSize: 12 })
    const [{ rows }] = one.lab.rows<{ rows: Uint8Array }>(`SELECT rows FROM shards`) as [{ rows: Uint8Array }]
    expect(body.rows.digest).toBe(await sha256Hex(Uint8Array.from(rows)))
    expect(encodeRows([], rowWidths(scorersOf(run)))).toHaveLength(16)
  })

  test('of a failed run with a report says failed; a canceled run has none', async () => {
    const { body } = await endedRun(undefined, { maxErrored: 0 })
    expect(body.run.status).toBe('failed')
    const lab = new SqliteEngine(pure)
    const { id } = await lab.start()
    await lab.engine.runs.cancel('t', id)
    expect(await lab.engine.manifests.find('t', id)).toBeNull()
  })

  test('waits for its signature while the deployment cannot sign; the run completes', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    const lab = new SqliteEngine(pure)
    const { signingKeys: able } = lab.engine
    lab.engine.signingKeys = createSigningKeys(lab.db, createSealer(undefined), lab.engine.clock, 't')
    const { run, manifest } = await endedRun(lab)
    expect(run.status).toBe('completed')
    expect(manifest.signature).toBeNull()
    expect(error.mock.calls[0]).toMatchObject([{ error: expect.stringContaining('SECRETS_KEY') as string }])
    lab.engine.signingKeys = able
    const { signature } = await signedManifest(lab.engine, manifest)
    expect(await lab.engine.manifests.find('t', run.id)).toMatchObject({ signature })
  })

  test('is deleted with its run', async () => {
    const { lab, run } = await endedRun()
    await lab.engine.runs.deleteRun(run)
    expect(await lab.engine.manifests.find('t', run.id)).toBeNull()
  })

  test('is shown to strangers while its run is public', async () => {
    const { lab, run } = await endedRun(undefined, { visibility: 'public' })
    const hidden = await endedRun(lab)
    const { ofReport } = lab.engine.manifests
    const idsFor = async (tenant: string | null) => (await ofReport(tenant, run.reportDigest!, 9)).map(({ runId }) => runId)
    expect(await idsFor(null)).toEqual([run.id])
    expect(await idsFor('another')).toEqual([run.id])
    expect(await idsFor('t')).toEqual([run.id, hidden.run.id])
    await lab.engine.runs.setVisibility(run, 'private', [])
    expect(await idsFor(null)).toEqual([])
  })
})

describe('signing keys', () => {
  test('one is made once, sealed, and found by two callers at the same time', async () => {
    const lab = new SqliteEngine(pure)
    const signed = await Promise.all([lab.engine.signingKeys.sign('a'), lab.engine.signingKeys.sign('b')])
    expect(new Set(signed.map(({ keyId }) => keyId)).size).toBe(1)
    const [row, ...more] = lab.rows<{ sealed_private_key: string }>(`SELECT * FROM signing_keys`)
    expect(more).toEqual([])
    const opened = await createSealer(SEALING_KEY).open(row!.sealed_private_key, `signing key ${signed[0].keyId}`)
    const { d } = JSON.parse(opened) as { d: string }
    expect(JSON.stringify(row)).not.toContain(d)
  })

  test('after a rotation the former signatures count, and the new key signs', async () => {
    const { lab, manifest } = await endedRun()
    const keys = lab.engine.signingKeys
    lab.now += 1000
    const made = await keys.rotate('t', { compromised: false })
    expect((await keys.list()).map(({ keyId }) => keyId)).toEqual([made.keyId, manifest.signature!.keyId])
    expect(await isSigned(keys, manifest.signature!.jws, manifest.body)).toBe(true)
    const after = await endedRun(lab)
    expect(after.manifest.signature!.keyId).toBe(made.keyId)
  })

  test('a compromised key signs and verifies nothing any more; manifests get new signatures', async () => {
    const { lab, run, manifest } = await endedRun()
    const keys = lab.engine.signingKeys
    const made = await keys.rotate('t', { compromised: true })
    expect((await keys.list()).map(({ keyId }) => keyId)).toEqual([made.keyId])
    expect(await isSigned(keys, manifest.signature!.jws, manifest.body)).toBe(false)
    const bare = (await lab.engine.manifests.find('t', run.id))!
    expect(bare.signature).toBeNull()
    const { signature } = await signedManifest(lab.engine, bare)
    expect(await isSigned(keys, signature!.jws, manifest.body)).toBe(true)
  })

  test('only the tenant that owns the secrets may rotate', async () => {
    const lab = new SqliteEngine(pure)
    await expect(lab.engine.signingKeys.rotate('u', { compromised: true })).rejects.toMatchObject({
      failure: { kind: 'forbidden' },
    })
  })
})

describe('a recomputation', () => {
  test('of a small run is made at once, and kept', async () => {
    const { lab, run } = await endedRun()
    const record = await requestRecomputation(lab.engine, 't', run.id)
    expect(record).toMatchObject({ state: 'completed', result: { agrees: true, rowsAgree: true, digest: run.reportDigest } })
    expect(await lab.engine.recomputations.find('t', run.id)).toEqual(record)
  })

  test('of a large run is a job; asking twice makes one; asking later makes another', async () => {
    const { lab, run } = await endedRun()
    const asked = await requestRecomputation(lab.engine, 't', run.id, 11)
    expect(asked).toMatchObject({ state: 'in_progress', result: null, endedAt: null })
    await requestRecomputation(lab.engine, 't', run.id, 11)
    const jobs = () => lab.rows(`SELECT state FROM outbox WHERE kind = 'recompute'`)
    expect(jobs()).toEqual([{ state: 'pending' }])
    await lab.drain()
    expect(jobs()).toEqual([{ state: 'done' }])
    expect(await lab.engine.recomputations.find('t', run.id)).toMatchObject({ state: 'completed', result: { agrees: true } })
    lab.now += 5000
    expect(await requestRecomputation(lab.engine, 't', run.id, 11)).toMatchObject({ state: 'in_progress' })
    expect(jobs()).toEqual([{ state: 'pending' }])
  })

  test('says that the rows changed, or that they are damaged', async () => {
    const { lab, run } = await endedRun(undefined, { shardSize: 12 })
    // The last byte of the first number: a score of an item.
    const [{ rows }] = lab.rows<{ rows: Uint8Array }>(`SELECT rows FROM shards`) as [{ rows: Uint8Array }]
    const changed = Uint8Array.from(rows)
    const view = new DataView(changed.buffer)
    const at = changed.length - 8
    view.setFloat64(at, view.getFloat64(at, true) === 0 ? 1 : 0, true)
    lab.sqlite.prepare(`UPDATE shards SET rows = ?`).run(changed)
    expect((await requestRecomputation(lab.engine, 't', run.id)).result).toMatchObject({ rowsAgree: false })
    lab.sqlite.prepare(`UPDATE shards SET rows = ?`).run(changed.slice(1))
    vi.spyOn(console, 'error').mockImplementation(() => {})
    await requestRecomputation(lab.engine, 't', run.id, 11)
    for (let tries = 0; tries < 12; tries++) {
      lab.jobs.push(`recompute:${run.id}`)
      await lab.drain()
    }
    expect(await lab.engine.recomputations.find('t', run.id)).toMatchObject({ state: 'failed', result: null })
  })
})
