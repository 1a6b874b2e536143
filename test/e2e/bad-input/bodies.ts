/**
 * Good bodies and paths of every route. A case spoils one of them.
 * @module
 */
import assayClip from '../../../models/assay-clip/manifest.json' with { type: 'json' }
import { RUNS } from './case.ts'
import { json } from './forms.ts'
import type { Operation } from './operations.ts'

/** Name of the endpoint that never answers. */
export const ENDPOINT = 'slow'

/** Name of the endpoint where nothing listens. */
export const CLOSED = 'closed'

/** Ids of everything that a world holds. */
export interface Ids {
  readonly retrieval: string
  readonly vqa: string
  readonly retrievalEval: string
  readonly vqaEval: string
  readonly scoreEval: string
  readonly file: string
  readonly pictureless: string
  readonly tooFew: string
  readonly tooMany: string
  readonly notJson: string
  readonly notUtf8: string
  readonly image: string
  readonly endedRun: string
  /** Ended, too, on the same items. */
  readonly otherRun: string
  readonly openRun: string
  readonly outputItem: string
  readonly trigger: string
  readonly target: string
  readonly member: string
  readonly memberId: string
  readonly revoked: string
  readonly stranger: string
  readonly report: string
  readonly comparison: string
  readonly completion: string
  readonly questions: string
  readonly annotations: string
  readonly import: string
  readonly upload: string
  readonly part: string
  readonly cancelled: string
}

/** Good values of path parameters, by route. */
export function goodPath(ids: Ids, { path }: Pick<Operation, 'path'>): string {
  const of: Record<string, string> = {
    '/v1/datasets/{id}': ids.retrieval,
    '/v1/images/{id}': ids.image,
    '/v1/images/{id}/content': ids.image,
    '/v1/files/{id}': ids.file,
    '/v1/files/{id}/content': ids.file,
    '/v1/models/{id}': 'assay-clip',
    '/v1/models/{id}/files/{sha256}': 'assay-clip',
    '/v1/reports/{digest}': ids.report,
    '/v1/reports/{digest}/errored_bounds': ids.report,
    '/v1/reports/{digest}/manifests': ids.report,
    '/v1/endpoints/{name}': ENDPOINT,
    '/v1/endpoints/{name}/probe': CLOSED,
    '/v1/submissions/{token}/requests': 'forged',
    '/v1/pictures/{token}': 'forged',
    '/v1/submissions/{token}/results': 'forged',
    '/v1/webhook_endpoints/{id}': ids.target,
    '/v1/webhook_endpoints/{id}/rotate_secret': ids.target,
    '/v1/webhook_endpoints/{id}/test': ids.target,
    '/v1/triggers/{id}': ids.trigger,
    '/hooks/{trigger}': ids.trigger,
    '/v1/keys/{id}': ids.memberId,
    '/v1/keys/{id}/ledger': ids.memberId,
    '/v1/comparisons/{id}': ids.comparison,
    '/v1/dataset_imports/{id}': ids.import,
    '/v1/uploads/{id}/parts': ids.upload,
    '/v1/uploads/{id}/complete': ids.upload,
    '/v1/uploads/{id}/cancel': ids.upload,
  }
  const values: Record<string, string> = {
    eval_id: ids.vqaEval,
    run_id: ids.endedRun,
    output_item_id: ids.outputItem,
    completion_id: ids.completion,
  }
  return path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? of[path] ?? `no value for ${path}`) + goodQuery(path)
}

/** The query that a route cannot do without. */
export function goodQuery(path: string): string {
  return path.endsWith('/exports/eval_results.yaml') ? '?dataset=assay/scenes&task_id=vqa' : ''
}

/** The shipped model under another id. */
export const added = () => ({
  ...assayClip,
  id: 'added',
  // With the shipped size, weights in the graph, it would not fit beside the shipped one itself.
  text: { ...assayClip.text, bytes: 2e6 },
  tokenizer: { ...assayClip.tokenizer, bytes: 1000 },
})

/**
 * Good bodies by route, and ways to spoil one. They are functions, because the ids are known only when the
 * server runs.
 */
export function createBodies(ids: Ids) {
  const resultsRun = (file: string) => ({
    data_source: { type: 'dataset', dataset: ids.vqa, subject: { type: 'results', file_id: file, name: 'answers' } },
  })
  const endpointRun = () => ({
    data_source: { type: 'dataset', dataset: ids.vqa, subject: { type: 'endpoint', endpoint: ENDPOINT, model: 'm' } },
  })
  const edgeRun = () => ({
    data_source: { type: 'dataset', dataset: ids.retrieval, subject: { type: 'edge_model', model: 'assay-clip' } },
  })

  /** By route that takes JSON. */
  const valid: Record<string, () => Record<string, unknown>> = {
    'POST /v1/score': () => ({ image: { id: ids.image }, texts: ['a dog'], variant: 'cosine', model: 'assay-clip' }),
    'POST /v1/embeddings': () => ({ model: 'assay-clip', input: ['a dog'], encoding_format: 'base64' }),
    'POST /v1/chat/completions': () => ({
      model: 'assay-lxmert',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: ids.image } },
            { type: 'text', text: 'What colour is it?' },
          ],
        },
      ],
      logprobs: true,
      top_logprobs: 2,
    }),
    'POST /v1/chat/completions/{completion_id}': () => ({ metadata: { team: 'vision' } }),
    'POST /v1/models': () => ({ manifest: added() }),
    'POST /v1/datasets': () => ({
      name: 'bad-input-by-reference',
      format: 'vqa-v2',
      files: { questions: ids.questions, annotations: ids.annotations },
    }),
    'POST /v1/uploads': () => ({ filename: 'large.json', purpose: 'evals', bytes: 6, mime_type: 'application/json' }),
    'POST /v1/uploads/{id}/complete': () => ({ part_ids: [ids.part], md5: '0'.repeat(32) }),
    'POST /v1/evals': () => ({
      name: 'an eval',
      metadata: { team: 'vision' },
      data_source_config: { type: 'dataset', task: 'retrieval' },
      testing_criteria: [{ type: 'retrieval', name: 'retrieval' }],
    }),
    'POST /v1/evals/{eval_id}': () => ({ name: 'renamed', metadata: {} }),
    'PATCH /v1/evals/{eval_id}/runs/{run_id}': () => ({ visibility: 'private' }),
    'POST /v1/evals/{eval_id}/runs': () => ({
      ...resultsRun(ids.file),
      name: 'a run',
      metadata: {},
      seed: 1,
      level: 0.9,
      visibility: 'private',
      layout: { shard_size: 2 },
    }),
    'POST /v1/endpoints': () => ({
      name: 'another',
      base_url: 'https://gpu.example.com/v1',
      timeout_ms: 1000,
      max_attempts: 1,
      concurrency: 1,
      secret_name: 'ENDPOINT_SECRET_KNOWN',
    }),
    'POST /v1/endpoints/{name}': () => ({ concurrency: 2 }),
    'POST /v1/signing_keys/rotate': () => ({ compromised: false }),
    'POST /v1/fine_tuning/alpha/graders/run': () => ({ grader: GRADER, model_sample: 'a', item: { a: 'a' } }),
    'POST /v1/fine_tuning/alpha/graders/validate': () => ({ grader: GRADER }),
    'POST /v1/endpoints/{name}/probe': () => ({ model: 'llava' }),
    'POST /v1/webhook_endpoints/{id}': () => ({ name: 'another' }),
    'POST /v1/webhook_endpoints/{id}/rotate_secret': () => ({ keep_old_secret_active_for_24_hours: true }),
    'POST /v1/webhook_endpoints/{id}/test': () => ({ event_type: 'eval.run.failed' }),
    'POST /v1/webhook_endpoints': () => ({ url: 'https://hooks.example.com/other' }),
    'POST /v1/triggers': () => ({
      name: 'another',
      eval_id: ids.vqaEval,
      scheme: 'github',
      secret: 'sixteen characters',
      run: resultsRun(ids.file),
    }),
    'POST /v1/keys': () => ({ name: 'another', role: 'member' }),
    'POST /v1/comparisons': () => ({ baseline: ids.endedRun, treatments: [ids.otherRun], criteria: ['vqa'] }),
  }

  const spoiled = (route: string, change: Record<string, unknown>) => () => json({ ...valid[route]!(), ...change })
  const evalWith = (change: Record<string, unknown>) => spoiled('POST /v1/evals', change)
  const runWith = (change: Record<string, unknown>) => spoiled(RUNS, change)
  const sourceWith = (change: () => Record<string, unknown>) => () =>
    json({ data_source: { ...resultsRun(ids.file).data_source, ...change() } })
  const endpointWith = (change: Record<string, unknown>) => spoiled('POST /v1/endpoints', change)
  const triggerWith = (change: () => Record<string, unknown>) => () => json({ ...valid['POST /v1/triggers']!(), ...change() })
  const on = (evaluation: () => string) => ({ path: () => `/v1/evals/${evaluation()}/runs` })
  const runPath = (run: string) => `/v1/evals/${ids.vqaEval}/runs/${run}`
  return {
    valid,
    resultsRun,
    endpointRun,
    edgeRun,
    runPath,
    spoiled,
    evalWith,
    runWith,
    sourceWith,
    endpointWith,
    triggerWith,
    on,
  }
}

export type Bodies = ReturnType<typeof createBodies>

const GRADER = { type: 'string_check', name: 'g', input: '{{sample.output_text}}', reference: '{{item.a}}', operation: 'eq' }
