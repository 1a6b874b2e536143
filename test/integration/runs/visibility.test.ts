/** The leaderboard ranks comparable rows only, and published runs can be made private. */
import { describe, expect, test } from 'vitest'
import type { NewRun } from '../../../src/contracts/run.ts'
import { changeVisibility } from '../../../src/runs/visibility.ts'
import { rankRows } from '../../../src/comparisons/leaderboard-ranks.ts'
import { createLeaderboard } from '../../../src/storage/leaderboard.ts'
import { createReportStore } from '../../../src/storage/report-store.ts'
import { SqliteEngine } from './sqlite-engine.ts'
import { text } from '../../support/fake-model.ts'
import { pureRun, VQA } from '../../support/pure-run.ts'
import { isOf } from '../../../src/tasks/task.ts'
import { vqa } from '../../../src/tasks/vqa/task.ts'

const ITEMS = 20
type Wish = Partial<NewRun> & { readonly shardSize?: number }

const KV = {
  get: async () => {
    throw new Error('D1 answers: KV is not asked')
  },
} as unknown as KVNamespace

/** Consecutive runs over one dataset, each with a given number of right answers. */
async function board(
  runs: readonly (Wish & { name: string; right: number; errored?: number; unanswered?: number; count?: number })[],
) {
  const base = await pureRun({ seed: 4, task: 'vqa', items: ITEMS, criteria: [VQA] })
  const lab = new SqliteEngine(base)
  for (const { name, right, errored = 0, unanswered = 0, count = ITEMS, ...wish } of runs) {
    lab.answer = async ({ item, output }) => {
      const ordinal = Number(item.id.slice('item '.length))
      if (ordinal < errored) return failing.model.run({ item, output })
      if (ordinal < errored + unanswered) return { output: text(null), calls: 0 }
      const isRight = ordinal < errored + unanswered + right
      return { output: text(isRight && isOf(vqa, item) ? mostFrequent(item.answers) : 'none of them'), calls: 0 }
    }
    const spec = {
      ...base.run.spec,
      selection: { count },
      subject: { ...base.run.spec.subject, name } as typeof base.run.spec.subject,
    }
    await lab.start({ visibility: 'public', spec, ...wish })
    await lab.drain()
  }
  const reports = createReportStore(lab.db, KV)
  const leaderboard = createLeaderboard(lab.db)
  const rows = async () => {
    const listed = await leaderboard.rows({ limit: 100 })
    return rankRows(listed, await leaderboard.tests(listed))
  }
  return { lab, reports, rows }
}

const failing = await pureRun({
  seed: 4,
  task: 'vqa',
  items: ITEMS,
  criteria: [VQA],
  errored: new Set(Array.from({ length: ITEMS }, (_, ordinal) => ordinal)),
})

function mostFrequent(answers: readonly string[]): string {
  return answers.toSorted((a, b) => answers.filter((x) => x === b).length - answers.filter((x) => x === a).length)[0]!
}

describe('the leaderboard', () => {
  test('ranks whole runs, ties sharing a rank, and lists the others after them with the reason', async () => {
    const { rows } = await board([
      { name: 'lucky', right: 1, count: 1 },
      { name: 'worst', right: 2 },
      { name: 'best', right: 18 },
      { name: 'one errored', right: 19, errored: 1, maxErrored: 1 },
      { name: 'silent on the hard ones', right: 10, unanswered: 10 },
      { name: 'as good as the best', right: 18 },
      { name: 'dead', right: 0, errored: ITEMS },
    ])
    const listed = await rows()
    expect(listed.map(({ model, rank, not_ranked }) => [model, rank, not_ranked])).toEqual([
      ['best', 1, null],
      ['as good as the best', 1, null],
      ['worst', 3, null],
      ...listed.slice(3).map(({ model, not_ranked }) => [model, null, not_ranked]),
    ])
    expect(new Map(listed.slice(3).map(({ model, not_ranked }) => [model, not_ranked]))).toEqual(
      new Map([
        ['lucky', 'limit'],
        ['one errored', 'errored'],
        ['silent on the hard ones', 'unscored'],
      ]),
    )
    const values = listed.slice(3).map(({ value }) => value!)
    expect(values).toEqual(values.toSorted((a, b) => b - a))
    expect(listed.find(({ model }) => model === 'lucky')).toMatchObject({ used: 1, items: ITEMS })
  })

  test('says what a name belongs to', async () => {
    const { rows } = await board([{ name: 'assay-clip', right: 20 }])
    expect(await rows()).toMatchObject([{ model: 'assay-clip', subject: { type: 'results' }, rank: 1 }])
  })

  test('puts a row without a value last, as rows from before the ranks may be', async () => {
    const { lab, rows } = await board([{ name: 'whole', right: 3 }])
    lab.sqlite
      .exec(`INSERT INTO leaderboard_rows SELECT tenant_id, 'evalrun_old', criterion, dataset, dataset_digest, 'dead', metric, variant,
      direction, NULL, NULL, NULL, NULL, NULL, 0, 20, 0, report_digest, 0, subject_type, used, items, 'no_value' FROM leaderboard_rows`)
    expect((await rows()).map(({ model }) => model)).toEqual(['whole', 'dead'])
  })
})

describe('a public run', () => {
  test('can be taken down and published again: leaderboard, report and KV copy follow', async () => {
    const { lab, rows, reports } = await board([{ name: 'mine', right: 5 }])
    const [before] = await rows()
    const { run_id: id, report_digest: digest } = before!
    expect(await reports.visibleBody(null, digest)).not.toBeNull()
    expect([...lab.published.keys()]).toEqual([digest])

    await changeVisibility(lab.engine, 't', id, 'private')
    expect(await rows()).toEqual([])
    expect(await reports.visibleBody(null, digest)).toBeNull()
    expect(await reports.visibleBody('another', digest)).toBeNull()
    expect(await reports.visibleBody('t', digest)).not.toBeNull()
    await lab.drain()
    expect(lab.published.size).toBe(0)
    // Repeating is allowed.
    await changeVisibility(lab.engine, 't', id, 'private')

    await changeVisibility(lab.engine, 't', id, 'public')
    await lab.drain()
    expect(await rows()).toEqual([before])
    expect(await reports.visibleBody(null, digest)).not.toBeNull()
    expect([...lab.published.keys()]).toEqual([digest])
  })

  test('leaves the report that another public run shares, whose row takes the place', async () => {
    const { lab, rows, reports } = await board([
      { name: 'twin', right: 5 },
      { name: 'twin', right: 5 },
    ])
    const [one, ...more] = await rows()
    expect(more).toEqual([])
    await changeVisibility(lab.engine, 't', one!.run_id, 'private')
    await lab.drain()
    const [other, ...others] = await rows()
    expect(others).toEqual([])
    expect(other).toEqual({ ...one, run_id: other!.run_id })
    expect(other!.run_id).not.toBe(one!.run_id)
    expect(await reports.visibleBody(null, one!.report_digest)).not.toBeNull()
    expect(lab.published.size).toBe(1)
    await changeVisibility(lab.engine, 't', other!.run_id, 'private')
    await lab.drain()
    expect(await reports.visibleBody(null, one!.report_digest)).toBeNull()
    expect(lab.published.size).toBe(0)
  })

  test('that is made private before it ends is never listed', async () => {
    const base = await pureRun({ seed: 4, task: 'vqa', items: ITEMS, criteria: [VQA] })
    const lab = new SqliteEngine(base)
    const { id } = await lab.start({ visibility: 'public' })
    const claimed = lab.engine.runs.publish
    // At the last moment: the merge has read the run already.
    const engine = {
      ...lab.engine,
      runs: {
        ...lab.engine.runs,
        publish: async (...of: Parameters<typeof claimed>) => {
          await changeVisibility(lab.engine, 't', id, 'private')
          return claimed(...of)
        },
      },
    }
    Object.assign(lab, { engine })
    await lab.drain()
    expect(await lab.run(id)).toMatchObject({ status: 'completed', visibility: 'private' })
    expect(lab.rows('SELECT * FROM leaderboard_rows')).toEqual([])
    expect(lab.rows('SELECT visibility FROM reports')).toEqual([{ visibility: 'private' }])
    expect(lab.published.size).toBe(0)
  })

  test('stays listed and readable when its eval and dataset are deleted, and can still be taken down, but not published again', async () => {
    const { lab, rows, reports } = await board([{ name: 'mine', right: 5 }])
    const [row] = await rows()
    lab.sqlite.exec(`DELETE FROM evals; DELETE FROM dataset_versions`)
    const { Fault } = await import('../../../src/contracts/failure.ts')
    Object.assign(lab, {
      engine: {
        ...lab.engine,
        datasets: {
          open: async () => {
            throw new Fault({ kind: 'not_found', resource: 'dataset', id: 'ds' })
          },
        },
      },
    })
    expect(await rows()).toEqual([row])
    expect(await reports.visibleBody(null, row!.report_digest)).not.toBeNull()
    await changeVisibility(lab.engine, 't', row!.run_id, 'private')
    expect(await rows()).toEqual([])
    await expect(changeVisibility(lab.engine, 't', row!.run_id, 'public')).rejects.toThrow('was deleted')
    expect(await lab.run(row!.run_id)).toMatchObject({ visibility: 'private' })
  })

  test('that does not exist is not found', async () => {
    const { lab } = await board([])
    await expect(changeVisibility(lab.engine, 't', 'evalrun_none', 'private')).rejects.toThrow('no run with id')
    await expect(changeVisibility(lab.engine, 'other', 'evalrun_none', 'private')).rejects.toThrow('no run with id')
  })
})
