/**
 * A run whose items errored is not a success: it fails, says so, and keeps the report of the recorded items.
 */
import { describe, expect, test } from 'vitest'
import type { Report } from '../../../src/contracts/report.ts'
import { recomputeReport } from '../../../src/runs/recompute.ts'
import { scorersOf } from '../../../src/runs/scorers-of-run.ts'
import { tooManyErrored } from '../../../src/runs/too-many-errored.ts'
import { erroredBounds } from '../../../src/scorers/errored-bounds.ts'
import { SqliteEngine } from './sqlite-engine.ts'
import { pureRun, VQA } from '../../support/pure-run.ts'

async function endedRun(errored: number, maxErrored?: number, unanswered = 0) {
  const first = (count: number) => new Set(Array.from({ length: count }, (_, ordinal) => ordinal))
  const pure = await pureRun({
    seed: 5,
    task: 'vqa',
    items: 20,
    criteria: [VQA],
    errored: first(errored),
    unanswered: first(unanswered),
  })
  const lab = new SqliteEngine(pure)
  const { id } = await lab.start({ visibility: 'public', ...(maxErrored === undefined ? {} : { maxErrored }) })
  await lab.drain()
  const events = lab.rows<{ event: string }>(`SELECT payload ->> 'event' AS event FROM outbox WHERE kind = 'webhook'`)
  return { lab, run: await lab.run(id), events: events.map(({ event }) => event) }
}

describe('errored items', () => {
  test('a run whose items all errored has failed, whatever it tolerates, and its event says so', async () => {
    const { lab, run, events } = await endedRun(20, 1)
    expect(run).toMatchObject({ status: 'failed', error: { code: 'too_many_errored' } })
    expect(run.error!.message).toMatch(/^all 20 items errored, first "item \d+": it is; the output items say why$/)
    expect(events).toEqual(['eval.run.failed'])
    expect(lab.rows(`SELECT * FROM leaderboard_rows`)).toEqual([])
    expect(lab.published.size).toBe(0)
  })

  test('a run whose evidence is lost has failed all the same, without a reason', async () => {
    const { lab, run } = await endedRun(20)
    const blobs = { ...lab.engine.blobs, get: () => Promise.reject(new Error('lost')) }
    const report = { counts: { used: 20, errored: 20, unscored: 0 } } as Report
    const folded = { hasScore: false, firstErrored: 0, firstUnscored: null, report }
    expect(await tooManyErrored({ ...lab.engine, blobs }, run, folded)).toEqual({
      code: 'too_many_errored',
      message: 'all 20 items errored; the output items say why',
    })
  })

  test('more than the tolerance fails, as much as the tolerance completes', async () => {
    const within = await endedRun(2, 0.1)
    expect(within.run).toMatchObject({ status: 'completed', error: null })
    expect(within.events).toEqual(['eval.run.succeeded'])
    const beyond = await endedRun(3, 0.1)
    expect(beyond.run).toMatchObject({ status: 'failed', error: { code: 'too_many_errored' } })
    expect(beyond.run.error!.message).toMatch(
      /^3 of 20 items errored \(15 %\); max_errored allows 10 %, first "item \d+": it is$/,
    )
    expect((await endedRun(3, 0.15)).run.status).toBe('completed')
    expect((await endedRun(1, 0)).run.status).toBe('failed')
    expect((await endedRun(0, 0)).run.status).toBe('completed')
  })

  test('its report is what the rows say, as of any run, and can be recomputed', async () => {
    const { lab, run } = await endedRun(6, 0.1)
    const completed = await endedRun(6, 1)
    expect(completed.run.status).toBe('completed')
    expect(run.reportDigest).toBe(completed.run.reportDigest)
    expect(await recomputeReport(lab.engine, 't', run.id)).toMatchObject({ agrees: true })
  })

  test('a run without any score has failed, although nothing errored', async () => {
    const { run, events } = await endedRun(0, 0.1, 20)
    expect(run).toMatchObject({ status: 'failed', error: { code: 'nothing_scored' } })
    expect(run.error!.message).toMatch(/^no item has a score: of 20 items 0 errored and 20 are unscored, first "item \d+": ./)
    expect(events).toEqual(['eval.run.failed'])
  })

  test('have bounds: the mean over all items lies between them, and a report has none', async () => {
    const [partly, whole] = [await endedRun(6, 1), await endedRun(0)]
    const bounds = boundsOf(partly)
    const [mean] = reportOf(partly).criteria[0]!.metrics
    const [all] = reportOf(whole).criteria[0]!.metrics
    const [least, greatest] = all!.range as [number, number]
    expect(mean).toMatchObject({ n: 14, errored: 6, metric: all!.metric })
    expect(bounds).toEqual([
      {
        criterion: VQA.name,
        metric: mean!.metric,
        variant: mean!.variant,
        low: expect.closeTo((14 * mean!.value! + 6 * least) / 20, 9) as number,
        high: expect.closeTo((14 * mean!.value! + 6 * greatest) / 20, 9) as number,
      },
    ])
    expect(bounds[0]!.low).toBeLessThan(all!.value!)
    expect(bounds[0]!.high).toBeGreaterThan(all!.value!)
    expect(boundsOf(whole)).toEqual([])
    // Nothing but errors: anything is possible.
    expect(boundsOf(await endedRun(20))).toMatchObject([{ low: least, high: greatest }])
  })
})

const reportOf = ({ lab }: { readonly lab: SqliteEngine }) =>
  JSON.parse(lab.rows<{ body: string }>('SELECT body FROM reports')[0]!.body) as Report
const boundsOf = (ended: Awaited<ReturnType<typeof endedRun>>) => erroredBounds(scorersOf(ended.run), reportOf(ended))
