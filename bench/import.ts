/**
 * `npm run bench -- import [questions]`: a synthetic VQA v2 val (or another number of questions) through
 * uploads and the import job of the built Worker on workerd, then its results file through the creation of a
 * run. Reports time and V8's largest count.
 * @module
 */
import process from 'node:process'
import { buildWorker } from '../scripts/build.ts'
import { type Assay, startAssay } from '../scripts/server-process.ts'
import { freePort } from '../scripts/ports.ts'
import { probeHeap } from '../test/support/isolate-heap.ts'
import { syntheticVqa, VQA_V2_VAL_QUESTIONS } from '../test/support/synthetic-vqa.ts'
import { call, ended, type Import, json, mb, measured, report, say, upload } from './import/client.ts'

const LIMIT = 128e6
const count = Number(process.argv[2] ?? VQA_V2_VAL_QUESTIONS)
if (!Number.isSafeInteger(count) || count < 1) throw new Error('usage: npm run bench -- import [questions]')

async function imported(assay: Assay, body: unknown): Promise<NonNullable<Import['dataset']>> {
  const { id } = await call<Import>(assay, '/v1/datasets', json(body))
  return (await ended(assay, id)).dataset!
}

function* results(): Generator<string> {
  let id = ''
  yield '['
  let first = true
  for (const piece of syntheticVqa(count, 1).questions()) {
    id = /"question_id":(\d+)/.exec(piece)?.[1] ?? ''
    if (id === '') continue
    yield `${first ? '' : ', '}{"question_id": ${id}, "answer": "yes"}`
    first = false
  }
  yield ']'
}

await buildWorker()
const inspectorPort = await freePort()
const assay = await startAssay({ inspectorPort })
const probe = await probeHeap(inspectorPort, 'assay')
try {
  const set = syntheticVqa(count, 1)
  const { usedSize, embedderHeapUsedSize, backingStorageSize } = await probe.usage()
  say(`at rest: ${mb(usedSize + embedderHeapUsedSize + backingStorageSize)}`)

  const questions = await measured(probe, upload(assay, 'questions.json', set.questions))
  report(`upload of ${mb(questions.result.bytes)} of questions`, questions)
  const annotations = await measured(probe, upload(assay, 'annotations.json', set.annotations))
  report(`upload of ${mb(annotations.result.bytes)} of annotations`, annotations)
  const files = { questions: questions.result.id, annotations: annotations.result.id }
  const job = await measured(probe, imported(assay, { name: 'synthetic', format: 'vqa-v2', files }))
  report(`import of ${job.result.version.items} items, digest ${job.result.version.digest.slice(0, 12)}…`, job)

  const answers = await measured(probe, upload(assay, 'results.json', results))
  report(`upload of ${mb(answers.result.bytes)} of results`, answers)
  const evaluation = await call<{ id: string }>(
    assay,
    '/v1/evals',
    json({
      data_source_config: { type: 'dataset', task: 'vqa' },
      testing_criteria: [{ type: 'vqa_accuracy', name: 'accuracy', scorer: 'vqa-2021', pass_threshold: 0.5 }],
    }),
  )
  const run = await measured(
    probe,
    call<{ id: string }>(
      assay,
      `/v1/evals/${evaluation.id}/runs`,
      json({
        data_source: {
          type: 'dataset',
          dataset: job.result.id,
          limit: 16,
          subject: { type: 'results', file_id: answers.result.id, name: 'all yes' },
        },
      }),
    ),
  )
  report('a run with that results file, created', run)
  const most = Math.max(...[questions, annotations, job, answers, run].map(({ peak }) => peak.total))
  say(`${most < LIMIT ? 'ok' : 'TOO MUCH'}: at most ${mb(most)} of ${mb(LIMIT)}`)
  if (most >= LIMIT) process.exitCode = 1
} finally {
  probe.close()
  await assay.stop()
}
