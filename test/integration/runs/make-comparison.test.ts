/** Comparisons that outlive a request: the same numbers as at once, one treatment per attempt. */
import { describe, expect, test } from 'vitest'
import type { CompareRequest } from '../../../src/comparisons/compare-runs.ts'
import type { RunRecord } from '../../../src/contracts/run.ts'
import { makeComparison } from '../../../src/runs/make-comparison.ts'
import { runScores } from '../../../src/runs/run-scores.ts'
import { pureRun, VQA } from '../../support/pure-run.ts'
import { SqliteEngine } from './sqlite-engine.ts'

const wish = { seed: 3, task: 'vqa', items: 60, criteria: [VQA] } as const
const pure = await pureRun(wish)
const others = [await pureRun({ ...wish, seed: 4 }), await pureRun({ ...wish, seed: 5 })]
const AT_ONCE = 50_000
const NOTHING_AT_ONCE = 0
const named = (id: string) => ({ tenant: 't', id, name: null, metadata: { by: 'test' } })

/** A baseline and two treatments by other models, over the same items. */
async function labOf(): Promise<{ readonly lab: SqliteEngine; readonly request: CompareRequest }> {
  const lab = new SqliteEngine(pure)
  const runs: RunRecord[] = []
  for (const { model } of [pure, ...others]) {
    lab.answer = model.run
    const { id } = await lab.start({ shardSize: 16 })
    await lab.drain()
    runs.push(await lab.run(id))
  }
  const [baseline, ...treatments] = runs
  return { lab, request: { baseline: baseline!, treatments, level: 0.95, seed: 0, listed: 20, margin: 0.1 } }
}

const make = (lab: SqliteEngine, id: string, request: CompareRequest, most: number) =>
  makeComparison({ ...lab.engine, scores: runScores(lab.engine) }, named(id), request, most)

const jobsOf = (lab: SqliteEngine) =>
  lab.rows<{ state: string; claims: number }>(`SELECT state, claims FROM outbox WHERE kind = 'compare'`)

describe('a comparison', () => {
  test('that is small is complete at once, without a job', async () => {
    const { lab, request } = await labOf()
    const made = await make(lab, 'cmp_1', request, AT_ONCE)
    expect(made).toMatchObject({ state: 'completed', error: null, metadata: { by: 'test' }, body: { tests: 2 } })
    expect(jobsOf(lab)).toEqual([])
  })

  test('that is large is a job with the same result, one treatment per attempt', async () => {
    const { lab, request } = await labOf()
    const atOnce = await make(lab, 'cmp_1', request, AT_ONCE)
    const asked = await make(lab, 'cmp_2', request, NOTHING_AT_ONCE)
    expect(asked).toMatchObject({ state: 'in_progress', error: null, body: { results: [], tests: 0, listed: 20 } })
    await lab.drain()
    const made = await lab.engine.comparisons.find('t', 'cmp_2')
    expect(made).toMatchObject({ state: 'completed', body: { results: [{ margin: 0.1 }, { margin: 0.1 }] } })
    expect(made.body).toEqual(atOnce.body)
    expect(jobsOf(lab)).toEqual([{ state: 'done', claims: 1 }])
    // Repeated messages change nothing.
    lab.jobs.push('compare:cmp_2')
    await lab.drain()
    expect(await lab.engine.comparisons.find('t', 'cmp_2')).toEqual(made)
  })

  test('goes on where it was after an attempt that ended without a word', async () => {
    const { lab, request } = await labOf()
    const { body } = await make(lab, 'cmp_1', request, AT_ONCE)
    await make(lab, 'cmp_2', request, NOTHING_AT_ONCE)
    const { findRun } = lab.engine.runs
    let calls = 0
    lab.engine.runs = {
      ...lab.engine.runs,
      findRun: (tenant, id) => (++calls === 4 ? Promise.reject(new Error('the database is away')) : findRun(tenant, id)),
    }
    const failed = await lab.drain()
    expect(failed).toEqual(['compare:cmp_2'])
    expect(lab.rows(`SELECT json_array_length(drafts) AS done FROM comparisons WHERE comparison_id = 'cmp_2'`)).toEqual([
      { done: 1 },
    ])
    lab.jobs.push('compare:cmp_2')
    await lab.drain()
    expect((await lab.engine.comparisons.find('t', 'cmp_2')).body).toEqual(body)
  })

  test('fails with the reason when a run was deleted meanwhile; a deleted comparison ends its job', async () => {
    const { lab, request } = await labOf()
    await make(lab, 'cmp_1', request, NOTHING_AT_ONCE)
    await make(lab, 'cmp_2', request, NOTHING_AT_ONCE)
    await lab.engine.comparisons.delete('t', 'cmp_2')
    lab.sqlite.exec(`DELETE FROM runs WHERE run_id = '${request.treatments[1]!.id}'`)
    await lab.drain()
    expect(await lab.engine.comparisons.find('t', 'cmp_1')).toMatchObject({
      state: 'failed',
      error: expect.stringContaining(request.treatments[1]!.id),
      body: { results: [] },
    })
    expect(jobsOf(lab).map(({ state }) => state)).toEqual(['dead', 'done'])
  })

  test('of runs that cannot be paired is refused before any job is made', async () => {
    const { lab, request } = await labOf()
    await expect(make(lab, 'cmp_1', { ...request, criteria: ['other'] }, NOTHING_AT_ONCE)).rejects.toThrow(/no criterion "other"/)
    expect(jobsOf(lab)).toEqual([])
  })

  test('with more results than a row holds is refused with the remedy', async () => {
    const { lab, request } = await labOf()
    const { body } = await make(lab, 'cmp_1', request, AT_ONCE)
    const results = Array.from({ length: 1000 }, () => body.results[0]!)
    await expect(lab.engine.comparisons.put({ ...named('cmp_2'), body: { ...body, results } })).rejects.toThrow(
      /list fewer changed units/,
    )
  })
})
