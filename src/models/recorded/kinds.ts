/**
 * The model kinds `results` and `scores`: outputs uploaded as a file.
 * @module
 */
import { displayName } from '../../contracts/display-name.ts'
import { z } from 'zod'
import { unprocessableField } from '../../contracts/failure.ts'
import type { ModelIdentityOf } from '../../contracts/model.ts'
import { id } from '../../contracts/wire/common.ts'
import { readItemScores } from '../../tasks/formats/item-answers.ts'
import { type ModelKind, type OpenRequest, REFERENCE_POINTER } from '../model-kind.ts'
import { createRecordedResults, createRecordedScores, resultsSupport, scoresSupport } from './recorded-model.ts'
import { findOutputFile, type OutputStores, type ReadOutputs, storeOutputs } from './store-outputs.ts'

export interface RecordedKindParts extends OutputStores {
  /**
   * Runs `task` when `bytes` more fit into this isolate's memory. Enter before reading a large body, never
   * from inside.
   */
  readonly admit: <T>(bytes: number, task: () => Promise<T>) => Promise<T>
  /** The reader of a dataset format's official results files; null if the format has none. */
  readonly readResultsOf: (format: string) => ReadOutputs | null
}

const name = displayName(128).min(1)

const resultsReference = z
  .strictObject({
    type: z.literal('results'),
    file_id: id.describe('An uploaded file in the official results format of the dataset.'),
    name: name.describe('The name of the system that produced the results; the leaderboard shows it.'),
  })
  .describe('Answers that were produced elsewhere.')

const scoresReference = z
  .strictObject({
    type: z.literal('scores'),
    file_id: id.describe('An uploaded file of `{"id", "score"}` lines.'),
    name: name.describe('The name of the judge; the leaderboard shows it.'),
  })
  .describe('Scores that were given elsewhere, by people for example.')

/**
 * The stored name of a file's scores. Different from that of its results, since a file may be read as both.
 * @internal
 */
export const scoresName = (digest: string): string => `${digest}.scores`

/** Official results files, with the official loader's checks. */
export const resultsKind: ModelKind<RecordedKindParts, typeof resultsReference, ModelIdentityOf<'results'>> = {
  reference: resultsReference,
  connect: (parts) => ({
    async resolve({ tenant, dataset, reference }) {
      const file = await findOutputFile(parts, tenant, reference.file_id)
      const { sha256: storedAs } = file
      return {
        identity: { type: 'results', name: reference.name, results_digest: file.sha256 },
        concurrency: 1,
        queue: 'edge',
        supports: resultsSupport,
        async prepare() {
          const read = parts.readResultsOf(dataset.format)
          if (read === null)
            throw unprocessableField(
              `${REFERENCE_POINTER}/type`,
              `results files are not read for ${dataset.format} datasets; upload scores (type scores)`,
            )
          await parts.admit(file.bytes, () =>
            storeOutputs(parts, tenant, dataset, { file, document: 'results file', storedAs, read }),
          )
        },
      }
    },
    async open(request) {
      const recorded = await readRange(parts, request, request.identity.results_digest)
      return createRecordedResults(request.identity, (item) => recorded.get(item))
    },
  }),
}

/** Scores in [0, 1], one JSON line per item. */
export const scoresKind: ModelKind<RecordedKindParts, typeof scoresReference, ModelIdentityOf<'scores'>> = {
  reference: scoresReference,
  connect: (parts) => ({
    async resolve({ tenant, dataset, reference, count }) {
      const file = await findOutputFile(parts, tenant, reference.file_id)
      const read: ReadOutputs = (text, ids) => {
        const scores = [...readItemScores(text, ids, count)]
        return new Map(scores.flatMap(([id, score]) => (score === null ? [] : [[id, JSON.stringify(score)]])))
      }
      const storedAs = scoresName(file.sha256)
      return {
        identity: { type: 'scores', name: reference.name, scores_digest: file.sha256 },
        concurrency: 1,
        queue: 'edge',
        supports: scoresSupport,
        prepare: () =>
          parts.admit(file.bytes, () => storeOutputs(parts, tenant, dataset, { file, document: 'scores file', storedAs, read })),
      }
    },
    async open(request) {
      const recorded = await readRange(parts, request, scoresName(request.identity.scores_digest))
      return createRecordedScores(request.identity, (item) => recorded.get(item))
    },
  }),
}

/** The stored outputs of a shard's items, by item id. */
export async function readRange(
  { uploads }: RecordedKindParts,
  { run, range }: Pick<OpenRequest, 'run' | 'range'>,
  storedAs: string,
): Promise<ReadonlyMap<string, string | null>> {
  const { digest } = run.spec.dataset
  const recorded = await uploads.readAnswers(run.tenant, storedAs, digest, range.first, range.end)
  return new Map(recorded.map(({ id, answer }) => [id, answer]))
}
