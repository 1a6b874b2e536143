/**
 * The counters of a run equal the sums over its shards, for any attempts in any order and with repetitions.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ClaimedShard } from '../../../src/contracts/ports.ts'
import type { ShardTally } from '../../../src/contracts/run.ts'
import { createRunViews } from '../../../src/storage/run-views.ts'
import { SqliteEngine } from '../runs/sqlite-engine.ts'
import { pureRun, RETRIEVAL, SIMILARITY } from '../../support/pure-run.ts'
import { cases } from '../../support/cases.ts'

const SHARDS = 5
const pure = await pureRun({ seed: 2, task: 'retrieval', items: 3 * SHARDS, criteria: [SIMILARITY, RETRIEVAL] })

const counts = fc.record({ passed: fc.nat(9), failed: fc.nat(9), errored: fc.nat(9) })
const tally: fc.Arbitrary<ShardTally> = fc
  .tuple(counts, counts, counts, fc.nat(99), fc.nat(99), fc.dictionary(fc.constantFrom('a', 'b'), fc.nat(9)), fc.nat(9))
  .map(([all, first, second, tokens, invocations, outcomes, stored]) => ({
    ...all,
    per_criterion: [first, second],
    usage: { prompt_tokens: tokens, completion_tokens: 1, total_tokens: tokens + 1, invocations },
    outcomes,
    stored,
  }))

const step = fc.oneof(
  fc.record({ act: fc.constant('record' as const), shard: fc.nat(SHARDS - 1), tally }),
  fc.record({ act: fc.constant('fail' as const), shard: fc.nat(SHARDS - 1) }),
  fc.record({ act: fc.constantFrom('fail all' as const, 'cancel' as const) }),
  fc.record({ act: fc.constant('skip' as const), from: fc.nat(3 * SHARDS) }),
  fc.record({ act: fc.constant('publish' as const), tally }),
)

const SUMS = `SELECT COUNT(*) AS shards, TOTAL(state = 'recorded') AS recorded, TOTAL(state = 'failed') AS failed,
  TOTAL(state = 'skipped') AS skipped, TOTAL((state = 'failed') * (end_ordinal - first_ordinal)) AS lost,
  ${['passed', 'failed', 'errored'].map((count) => `TOTAL(tally ->> '$.${count}') AS all_${count}`).join(', ')},
  ${[0, 1].flatMap((c) => ['passed', 'failed', 'errored'].map((count) => `TOTAL(tally ->> '$.per_criterion[${c}].${count}') AS c${c}_${count}`)).join(', ')},
  ${['prompt_tokens', 'completion_tokens', 'total_tokens', 'invocations'].map((name) => `TOTAL(tally ->> '$.usage.${name}') AS ${name}`).join(', ')},
  TOTAL(tally ->> '$.stored') AS stored FROM shards`

/** Progress as a sum over the shards. */
function summed(lab: SqliteEngine) {
  const [row] = lab.rows<Record<string, number>>(SUMS)
  const of = (name: string) => row![name]!
  const counted = (prefix: string) => ({
    passed: of(`${prefix}_passed`),
    failed: of(`${prefix}_failed`),
    errored: of(`${prefix}_errored`) + of('lost'),
  })
  return {
    shards: of('shards'),
    recorded: of('recorded'),
    failed: of('failed'),
    skipped: of('skipped'),
    counts: counted('all'),
    perCriterion: [counted('c0'), counted('c1')],
    usage: {
      prompt_tokens: of('prompt_tokens'),
      completion_tokens: of('completion_tokens'),
      total_tokens: of('total_tokens'),
      invocations: of('invocations'),
    },
    storedAnswers: of('stored'),
    outcomes: outcomesOf(lab, of('lost')),
  }
}

/** Items by outcome; those of failed shards have none of their own. */
function outcomesOf(lab: SqliteEngine, lost: number): Record<string, number> {
  const rows = lab.rows<{ key: string; items: number }>(
    `SELECT o.key, SUM(o.value) AS items FROM shards, json_each(tally, '$.outcomes') AS o GROUP BY o.key`,
  )
  return { ...Object.fromEntries(rows.map(({ key, items }) => [key, items])), ...(lost > 0 && { shard_failed: lost }) }
}

test('counters and sums agree after every step', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.boolean(), async (steps, sideBySide) => {
      const lab = new SqliteEngine(pure)
      const { id } = await lab.start({ shardSize: 3 })
      const { runs } = lab.engine
      const views = createRunViews(lab.db, {} as R2Bucket)
      const record = await lab.run(id)
      const claim = (shard: number): ClaimedShard => ({ run: record, shard, token: 'x', first: 3 * shard, end: 3 * shard + 3 })
      const perform = (one: (typeof steps)[number]): Promise<unknown> => {
        switch (one.act) {
          case 'record': {
            const { end } = claim(one.shard)
            const result = { end, rows: new Uint8Array(), evidenceKey: 'e', embeddingsKey: null, tally: one.tally }
            return Promise.all([runs.recordShard(claim(one.shard), result), runs.recordShard(claim(one.shard), result)])
          }
          case 'fail':
            return runs.failShard({ tenant: 't', run: id, shard: one.shard }, 'x')
          case 'fail all':
            return runs.failPendingShards('t', id, 'x', 'all')
          case 'cancel':
            return runs.cancel('t', id)
          case 'skip':
            return runs.skipShardsFrom('t', id, one.from)
          case 'publish': {
            const ranks = { key: 'k', tallies: [[0, one.tally] as const] }
            return runs.publish(record, {
              reportDigest: 'd',
              reportBody: '{}',
              leaderboard: [],
              manifest: { body: '{}', signature: null },
              gate: null,
              ranks,
            })
          }
        }
      }
      const check = async () => expect((await views.progress('t', [id])).get(id)).toEqual(summed(lab))
      await check()
      if (sideBySide) await Promise.all(steps.map(perform))
      else
        for (const one of steps) {
          await perform(one)
          await check()
        }
      await check()
    }),
    { numRuns: cases(40) },
  )
})
