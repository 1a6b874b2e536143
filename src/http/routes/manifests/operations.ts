/**
 * Manifests and signing keys: requests and responses.
 * @module
 */
import { jsonAnswer, jsonBody, operation } from '../../operation.ts'
import { EXAMPLE_DATASET } from '../datasets/operations.ts'
import { EXAMPLE_EVAL } from '../evals/operations.ts'
import { EXAMPLE_REPORT, EXAMPLE_REPORT_DIGEST } from '../reports/example.ts'
import { EXAMPLE_RUN, runParams } from '../runs/operations.ts'
import {
  type ManifestObject,
  manifestList,
  manifestObject,
  rotation,
  signingKey,
  type SigningKeyObject,
  signingKeySet,
} from './schema.ts'

const KEY_ID = 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'

const EXAMPLE_KEY = {
  kty: 'OKP',
  crv: 'Ed25519',
  alg: 'EdDSA',
  use: 'sig',
  kid: KEY_ID,
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  created_at: 1_795_957_200,
  retired_at: null,
} as const satisfies SigningKeyObject

const EXAMPLE_MANIFEST = {
  object: 'eval.run.manifest',
  run_id: EXAMPLE_RUN.id,
  manifest: {
    schema: 'assay.manifest/1',
    run: {
      id: EXAMPLE_RUN.id,
      eval_id: EXAMPLE_EVAL.id,
      status: 'completed',
      started_at: 1_795_957_200,
      ended_at: 1_795_957_230,
    },
    report_digest: EXAMPLE_REPORT_DIGEST,
    spec_digest: EXAMPLE_REPORT.spec_digest,
    dataset: { name: EXAMPLE_DATASET.name, digest: EXAMPLE_DATASET.version.digest, task: 'retrieval', items: 48, selected: 48 },
    model: { type: 'edge_model', model: 'assay-clip' },
    preprocessing_digest: '4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce',
    graders: [],
    scorers: [{ type: 'retrieval', name: 'retrieval' }],
    seed: 0,
    level: 0.95,
    rows: { count: 48, digest: '4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a' },
    code: { version: '0.1.0', commit: '259eaee416ae3855de920319a21f242ccf3acb89' },
  },
  signature: 'eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl',
  key_id: KEY_ID,
} as const satisfies ManifestObject

export const getManifest = operation({
  method: 'get',
  path: '/v1/evals/{eval_id}/runs/{run_id}/manifest',
  params: runParams,
  operationId: 'getRunManifest',
  summary: 'Get the manifest of a run',
  description:
    'What was measured, with what, by which code, and the digests of the recorded rows and of the report; signed. Refused ' +
    'with 409 for a run without a report.',
  tag: 'runs',
  access: 'key',
  answers: { 200: jsonAnswer(manifestObject, 'The manifest.', EXAMPLE_MANIFEST) },
  refuses: [404, 409],
})

export const getManifestsOfReport = operation({
  method: 'get',
  path: '/v1/reports/{digest}/manifests',
  params: { digest: { description: 'SHA-256 of the report, in hex.', example: EXAMPLE_REPORT_DIGEST } },
  operationId: 'getManifestsOfReport',
  summary: 'Get the manifests of a report',
  description: 'The manifests of at most 20 runs that gave this report, the oldest first. Those of public runs need no key.',
  tag: 'reports',
  access: 'reader',
  anyOrigin: true,
  answers: { 200: jsonAnswer(manifestList, 'The manifests.', { object: 'list', data: [EXAMPLE_MANIFEST] }) },
  refuses: [404],
})

export const getSigningKeys = operation({
  method: 'get',
  path: '/v1/signing_keys',
  operationId: 'getSigningKeys',
  summary: 'Get the public signing keys',
  description: 'The public keys of this deployment as a JSON Web Key Set, the newest first. A compromised key is not listed.',
  tag: 'service',
  access: 'reader',
  anyOrigin: true,
  answers: { 200: jsonAnswer(signingKeySet, 'The keys.', { keys: [EXAMPLE_KEY] }) },
})

export const rotateSigningKey = operation({
  method: 'post',
  path: '/v1/signing_keys/rotate',
  operationId: 'rotateSigningKey',
  summary: 'Put a new signing key into use',
  description: 'Only for administrators of the first tenant, which owns the secrets of the deployment.',
  tag: 'service',
  access: 'admin',
  json: jsonBody(rotation, { compromised: false }),
  answers: { 201: jsonAnswer(signingKey, 'The new key.', EXAMPLE_KEY) },
  refuses: [503],
})
