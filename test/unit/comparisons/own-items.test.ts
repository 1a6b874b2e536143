/** Runs over a user's own items: other samples make another dataset version, in another order. */
import { expect, test } from 'vitest'
import { compareRuns } from '../../../src/comparisons/compare-runs.ts'
import type { RunScores } from '../../../src/comparisons/run-scores.ts'
import type { RunRecord } from '../../../src/contracts/run.ts'
import { SCORERS } from '../../../src/scorers/registry.ts'
import { pureRun, VQA } from '../../support/pure-run.ts'

const CHECK = SCORERS.spec.parse({
  type: 'string_check',
  name: 'exact',
  input: '{{sample.output_text}}',
  reference: '{{item.answer}}',
  operation: 'eq',
})
const N = 64
const ids = Array.from({ length: N }, (_, index) => `item ${index}`)
const { run: record } = await pureRun({ seed: 1, task: 'vqa', items: N, criteria: [VQA] })

function runOf(id: string, digest: string): RunRecord {
  const spec = { ...record.spec, criteria: [CHECK], dataset: { digest, task: 'custom', items: N } }
  return { ...record, id, spec, status: 'completed', reportDigest: digest }
}

/** Items in the order of each run's version, and the items that pass. */
function scoresOf(runs: readonly { run: RunRecord; order: readonly string[]; passes: (id: string) => boolean }[]): RunScores {
  const of = (run: RunRecord) => runs.find((one) => one.run.id === run.id)!
  return {
    statuses: async () => new Map([[0, Array.from({ length: N }, () => 'scored' as const)]]),
    comparables: async (run, paired) => {
      const { order, passes } = of(run)
      const rows = order.map((id, ordinal) => ({
        ordinal,
        cluster: N - ordinal,
        status: paired.get(0)!(ordinal) ? ('scored' as const) : ('unscored' as const),
        stats: SCORERS.bind(CHECK).columns.map(() => Number(passes(id))),
      }))
      const version = { digest: run.spec.dataset.digest, items: N, strata: [] }
      const columns = { cluster: Uint32Array.from(rows, ({ cluster }) => cluster), strata: [] }
      const input = { rows, version, columns, embeddings: [], outputs: [], seed: 0, level: 0.95, complete: true }
      return new Map([[0, SCORERS.bind(CHECK).comparables(input)]])
    },
    datasetName: async () => 'mine',
    itemIds: async (run) => of(run).order,
    itemIdsAt: async (run, ordinals) => new Map(ordinals.map((ordinal) => [ordinal, of(run).order[ordinal]!])),
  }
}

test('are paired by id, whatever their order', async () => {
  const baseline = { run: runOf('evalrun_1', 'a'.repeat(64)), order: ids, passes: (id: string) => Number(id.slice(5)) % 4 === 0 }
  const treatment = {
    run: runOf('evalrun_2', 'b'.repeat(64)),
    order: ids.toReversed(),
    passes: (id: string) => Number(id.slice(5)) % 2 === 0,
  }
  const request = { baseline: baseline.run, treatments: [treatment.run], level: 0.95, seed: 0, listed: 100 }
  const [result] = (await compareRuns(scoresOf([baseline, treatment]), request)).results
  expect(result).toMatchObject({ n: N, difference: 0.25, verdict: 'improved', degraded: { count: 0 } })
  expect(result!.improved!.largest.map(({ item }) => item)).toEqual(ids.filter((_, index) => index % 4 === 2))
})

test('with another item are refused, with its id', async () => {
  const baseline = { run: runOf('evalrun_1', 'a'.repeat(64)), order: ids, passes: () => true }
  const treatment = { run: runOf('evalrun_2', 'b'.repeat(64)), order: [...ids.slice(1), 'another'], passes: () => true }
  const request = { baseline: baseline.run, treatments: [treatment.run], level: 0.95, seed: 0, listed: 0 }
  await expect(compareRuns(scoresOf([baseline, treatment]), request)).rejects.toThrow(
    '1 only in the baseline: "item 0"; 1 only in the treatment: "another". ' +
      'Own items are paired by their content: put the answers of a model into "sample", not into "item"',
  )
})
