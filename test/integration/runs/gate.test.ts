/**
 * Gates: decided with the report, in one transaction, and told to receivers.
 */
import { describe, expect, test } from 'vitest'
import type { GateCondition } from '../../../src/contracts/gate.ts'
import type { Report } from '../../../src/contracts/report.ts'
import type { RunRecord } from '../../../src/contracts/run.ts'
import { undecidable, undecidedGate } from '../../../src/runs/gate.ts'
import { cancelRun } from '../../../src/runs/cancel.ts'
import { pureRun, RETRIEVAL, VQA } from '../../support/pure-run.ts'
import { SqliteEngine } from './sqlite-engine.ts'

const wish = { seed: 3, task: 'vqa', items: 120, criteria: [VQA] } as const
const pure = await pureRun(wish)
const other = (await pureRun({ ...wish, seed: 4 })).model

/** One run of each model over the same items. @param gate - of the second */
async function gated(gate: (baseline: RunRecord) => readonly GateCondition[], answer = other.run) {
  const lab = new SqliteEngine(pure)
  const first = await lab.start()
  await lab.drain()
  lab.answer = answer
  const { id } = await lab.start({ gate: gate(await lab.run(first.id)) })
  await lab.drain()
  const run = await lab.run(id)
  const event = lab.rows<{ payload: string }>(`SELECT payload FROM outbox WHERE kind = 'webhook' AND resource_id = '${id}'`)[0]!
  const [report] = lab.rows<{ body: string }>(`SELECT body FROM reports WHERE digest = '${run.reportDigest}'`)
  return { lab, run, event: JSON.parse(event.payload) as { gate: string | null }, report: JSON.parse(report!.body) as Report }
}

const above = (least: number, of: 'value' | 'lower_bound' | 'upper_bound' = 'value'): GateCondition => ({
  type: 'threshold',
  criterion: 'accuracy',
  of,
  at_least: least,
})

describe('a threshold', () => {
  test('is compared with the value, or with an end of the interval', async () => {
    const { report } = await gated(() => [above(0)])
    const { value, interval } = report.criteria[0]!.metrics[0]!
    const { run } = await gated(() => [
      above(value!),
      above(value! + 1e-9),
      above(interval!.low, 'lower_bound'),
      above(value!, 'lower_bound'),
    ])
    expect(run.gateResult!.verdict).toBe('failed')
    expect(run.gateResult!.conditions.map(({ passed }) => passed)).toEqual([true, false, true, false])
    expect(run.gateResult!.conditions[3]).toMatchObject({
      type: 'threshold',
      condition: `lower_bound of accuracy / primary metric ≥ ${value}`,
      actual: interval!.low,
    })
  })

  test('at most: the mirror', async () => {
    const { run } = await gated(() => [{ type: 'threshold', criterion: 'accuracy', of: 'value', at_most: 1 }])
    expect(run.gateResult).toMatchObject({ verdict: 'passed', conditions: [{ passed: true }] })
  })
})

test('the verdict is in the event, and a gate never changes the report', async () => {
  const passed = await gated(() => [above(0)])
  const failed = await gated(() => [above(1.1)])
  expect(passed.event.gate).toBe('passed')
  expect(failed.event.gate).toBe('failed')
  expect(failed.run).toMatchObject({ status: 'completed', reportDigest: passed.run.reportDigest })
  const lab = new SqliteEngine(pure)
  lab.answer = other.run
  const { id } = await lab.start()
  await lab.drain()
  expect((await lab.run(id)).reportDigest).toBe(passed.run.reportDigest)
  expect((await lab.run(id)).gateResult).toBeNull()
})

test('max_errored counts items', async () => {
  const { run } = await gated(() => [{ type: 'max_errored', at_most: 0 }])
  expect(run.gateResult!.conditions[0]).toMatchObject({ passed: true, actual: 0, detail: '0 of 120 items errored' })
})

describe('not_degraded', () => {
  const against = (margin?: number) => (baseline: RunRecord) =>
    [{ type: 'not_degraded', baseline: baseline.id, level: 0.95, ...(margin !== undefined && { margin }) }] as const

  test('passes for the same answers, also within a margin', async () => {
    for (const margin of [undefined, 0.2]) {
      const { run } = await gated(against(margin), pure.model.run)
      expect(run.gateResult).toMatchObject({ verdict: 'passed', conditions: [{ actual: 0 }] })
    }
  })

  test('fails for a model that lost its answers', async () => {
    const { run } = await gated(against(), async () => ({ output: { kind: 'text', text: 'purple' }, calls: 1 }))
    expect(run.gateResult!.verdict).toBe('failed')
    expect(run.gateResult!.conditions[0]!.detail).toMatch(
      /accuracy: vqa_accuracy differs by -0\.\d+, adjusted p [\d.e-]+, degraded/,
    )
  })

  test('with a margin, fails where a loss of it is not excluded', async () => {
    const { run } = await gated(against(1e-6), pure.model.run)
    expect(run.gateResult!.verdict).toBe('failed')
    expect(run.gateResult!.conditions[0]!.detail).toMatch(/differs by 0, a loss up to 0\.\d+ remains possible/)
  })

  test('has the comparison with its changed items', async () => {
    const { run } = await gated(against())
    const [condition] = run.gateResult!.conditions
    const [result] = condition!.results!
    expect(result).toMatchObject({ criterion: 'accuracy', primary: true, difference: condition!.actual })
    expect(result!.degraded!.largest).toHaveLength(5)
    for (const { item, datasource_item_id: ordinal } of result!.degraded!.largest) expect(item).toBe(pure.items[ordinal]!.id)
  })

  test('fails, and says so, when the baseline is gone', async () => {
    const { run } = await gated(() => [{ type: 'not_degraded', baseline: 'evalrun_gone', level: 0.95 }])
    expect(run.gateResult!.conditions[0]).toMatchObject({ passed: false, detail: 'the baseline evalrun_gone was deleted' })
  })
})

test('a run that goes on is pending; a canceled one has failed its gate', async () => {
  const lab = new SqliteEngine(pure)
  const run = await lab.start({ gate: [above(0)] })
  expect(undecidedGate(run)).toMatchObject({ verdict: 'pending', conditions: [{ passed: null, detail: null }] })
  await cancelRun(lab.engine, 't', run.id)
  expect(undecidedGate(await lab.run(run.id))).toMatchObject({
    verdict: 'failed',
    conditions: [{ detail: 'the run is canceled' }],
  })
})

test('a threshold on a criterion, metric or variant that the eval lacks is refused, with the names', async () => {
  const { run } = await pureRun({ ...wish, task: 'retrieval', criteria: [RETRIEVAL] })
  const refused = (condition: object) =>
    undecidable([{ type: 'threshold', criterion: 'retrieval', of: 'value', at_least: 0, ...condition }], run)
  expect(refused({})).toBeNull()
  expect(refused({ criterion: 'fit' })).toMatchObject({
    pointer: '/gate/0/criterion',
    detail: expect.stringContaining('"retrieval"'),
  })
  expect(refused({ metric: 'R@2' })).toMatchObject({
    pointer: '/gate/0/metric',
    detail: expect.stringContaining('R@1, R@5, R@10'),
  })
  expect(refused({ variant: 'x' })).toMatchObject({
    pointer: '/gate/0/variant',
    detail: expect.stringContaining('vse++/image-to-text'),
  })
})
