/** Ranks of the leaderboard: paired tests decide where intervals overlap. */
import { describe, expect, test, vi } from 'vitest'
import { rankRows } from '../../../src/comparisons/leaderboard-ranks.ts'
import type { Model } from '../../../src/contracts/model.ts'
import { deleteRun } from '../../../src/runs/delete-run.ts'
import { changeVisibility } from '../../../src/runs/visibility.ts'
import { createLeaderboard } from '../../../src/storage/leaderboard.ts'
import { isOf } from '../../../src/tasks/task.ts'
import { vqa } from '../../../src/tasks/vqa/task.ts'
import { text } from '../../support/fake-model.ts'
import { pureRun, VQA } from '../../support/pure-run.ts'
import { SqliteEngine } from './sqlite-engine.ts'

const pure = await pureRun({ seed: 3, task: 'vqa', items: 60, criteria: [VQA] })

/** Wrong on the last 20 items and on the first `wrong` ones. */
function wrongOn(wrong: number): Model['run'] {
  return async ({ item }) => {
    const ordinal = Number(item.id.slice('item '.length))
    const isRight = ordinal >= wrong && ordinal < 40
    return { output: text(isRight && isOf(vqa, item) ? mostFrequent(item.answers) : 'none of them'), calls: 0 }
  }
}

function mostFrequent(answers: readonly string[]): string {
  return answers.toSorted((a, b) => answers.filter((x) => x === b).length - answers.filter((x) => x === a).length)[0]!
}

async function labOf(...wrong: readonly number[]) {
  const lab = new SqliteEngine(pure)
  const ids: string[] = []
  for (const count of wrong) {
    lab.answer = wrongOn(count)
    ids.push((await lab.start({ shardSize: 60, visibility: 'public' })).id)
    lab.now += 1000
    await lab.drain()
  }
  return { lab, ids }
}

async function ranksOf(lab: SqliteEngine, withTests = true): Promise<Record<string, number | null>> {
  const leaderboard = createLeaderboard(lab.db)
  const rows = await leaderboard.rows({ limit: 100 })
  const ranked = rankRows(rows, withTests ? await leaderboard.tests(rows) : [])
  return Object.fromEntries(ranked.map(({ run_id: run, rank }) => [run, rank]))
}

const pairsOf = (lab: SqliteEngine) =>
  lab.rows<{ run_id: string; other_run_id: string; p: number | null }>(`SELECT run_id, other_run_id, p FROM leaderboard_pairs`)

describe('a published run', () => {
  test('is told apart from its neighbors by paired tests, not by intervals alone', async () => {
    const { lab, ids } = await labOf(0, 12, 1)
    const [best, worse, close] = ids as [string, string, string]
    // The intervals of all three overlap.
    expect(await ranksOf(lab, false)).toEqual({ [best]: 1, [worse]: 1, [close]: 1 })
    expect(await ranksOf(lab)).toEqual({ [best]: 1, [worse]: 3, [close]: 1 })
    expect(pairsOf(lab).map(({ run_id: run, other_run_id: other }) => [run, other])).toEqual([
      [worse, best],
      [close, best],
      [close, worse],
    ])
    expect(lab.rows(`SELECT state FROM outbox WHERE kind = 'rank'`)).toEqual([1, 2, 3].map(() => ({ state: 'done' })))
  })

  test('ranks the same in a list that is cut short', async () => {
    const { lab, ids } = await labOf(0, 12, 1)
    const leaderboard = createLeaderboard(lab.db)
    const rows = await leaderboard.rows({ limit: 2 })
    const ranked = rankRows(rows, await leaderboard.tests(rows))
    expect(ranked.map(({ run_id: run, rank }) => [run, rank])).toEqual([
      [ids[0], 1],
      [ids[2], 1],
    ])
  })

  test('leaves no test behind when it is taken down, and is tested again when it comes back', async () => {
    const { lab, ids } = await labOf(0, 12)
    const before = pairsOf(lab)
    expect(before).toHaveLength(1)
    for (const id of ids) {
      await changeVisibility(lab.engine, 't', id, 'private')
      await lab.drain()
      expect(pairsOf(lab)).toEqual([])
      await changeVisibility(lab.engine, 't', id, 'public')
      await lab.drain()
      expect(pairsOf(lab).map(({ p }) => p)).toEqual(before.map(({ p }) => p))
    }
    await changeVisibility(lab.engine, 't', ids[0]!, 'private')
    await deleteRun(lab.engine, await lab.run(ids[0]!))
    expect(pairsOf(lab)).toEqual([])
    expect(await ranksOf(lab)).toEqual({ [ids[1]!]: 1 })
  })

  test('is not paired with a criterion of other parameters: intervals decide', async () => {
    const { lab } = await labOf(0)
    lab.answer = wrongOn(12)
    const { spec } = pure.run
    await lab.start({ visibility: 'public', spec: { ...spec, criteria: [{ ...VQA, pass_threshold: 0.9 }] } })
    await lab.drain()
    expect(pairsOf(lab).map(({ p }) => p)).toEqual([null])
    expect(Object.values(await ranksOf(lab))).toEqual([1, 1])
  })

  test('is tested again by the queue after a fault of the database', async () => {
    const { lab } = await labOf(0)
    vi.spyOn(console, 'error').mockImplementation(() => {})
    lab.answer = wrongOn(12)
    const { id } = await lab.start({ shardSize: 60, visibility: 'public' })
    const { next } = lab.engine.leaderboardPairs
    lab.engine.leaderboardPairs = {
      ...lab.engine.leaderboardPairs,
      next: () => Promise.reject(new Error('the database is away')),
    }
    expect(await lab.drain()).toEqual([`rank:${id}`])
    expect(pairsOf(lab)).toEqual([])
    lab.engine.leaderboardPairs = { ...lab.engine.leaderboardPairs, next }
    lab.jobs.push(`rank:${id}`)
    await lab.drain()
    expect(pairsOf(lab)).toHaveLength(1)
  })
})
