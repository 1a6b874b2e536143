import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Model, type ModelAnswer, type Output, SampleError } from '../../../src/contracts/model.ts'
import { withoutWarnings } from '../../../src/contracts/run-warning.ts'
import type { VqaItem } from '../../../src/tasks/vqa/item.ts'
import { keepAlive, LeaseLost } from '../../../src/jobs/keep-alive.ts'
import { SCORERS } from '../../../src/scorers/registry.ts'
import { scoreItems } from '../../../src/runs/score-items.ts'
import { answering, text } from '../../support/fake-model.ts'
import { pureRun, RETRIEVAL, SIMILARITY, VQA } from '../../support/pure-run.ts'

const criteria = [VQA, { ...VQA, name: 'strict', pass_threshold: 1 }]
const pure = await pureRun({ seed: 2, task: 'vqa', items: 12, criteria })
const scorers = SCORERS.bindAll(criteria)
const entries = pure.items.map((item, ordinal) => ({ ordinal, cluster: pure.columns.cluster[ordinal]!, item }))
const ordinalOf = (id: string) => Number(id.slice('item '.length))

/** Answers after a number of turns chosen by the test, and counts calls in flight. */
function slowly(turns: readonly number[], concurrency: number, answer: (ordinal: number) => Output | ModelAnswer) {
  const seen = { most: 0, now: 0, begun: [] as number[] }
  const model = answering(
    async ({ item }) => {
      const ordinal = ordinalOf(item.id)
      seen.begun.push(ordinal)
      seen.most = Math.max(seen.most, ++seen.now)
      try {
        for (let turn = 0; turn < (turns[ordinal % turns.length] ?? 0); turn++) await Promise.resolve()
        return answer(ordinal)
      } finally {
        seen.now -= 1
      }
    },
    { concurrency },
  )
  return { model, seen }
}

const answers = (ordinal: number): Output => text(['red', 'blue', null][ordinal % 3]!)

describe('scoring the items of a shard', () => {
  test('gives the same result whatever the concurrency and however long each takes', async () => {
    const expected = await scoreItems(entries, scorers, slowly([0], 1, answers).model)
    expect(expected.rows.map(({ ordinal }) => ordinal)).toEqual(entries.map(({ ordinal }) => ordinal))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 20 }),
        async (turns, concurrency) => {
          const { model, seen } = slowly(turns, concurrency, answers)
          expect(await scoreItems(entries, scorers, model)).toEqual(expected)
          expect(seen.most).toBeLessThanOrEqual(concurrency)
          expect(seen.begun.toSorted((a, b) => a - b)).toEqual(entries.map(({ ordinal }) => ordinal))
        },
      ),
      { numRuns: 50 },
    )
  })

  test('counts items with too few reference answers once, and their rows and evidence stay as they are', async () => {
    const cut = (counts: readonly number[]) =>
      entries.map((entry, index) => {
        const item = { ...entry.item, answers: Array.from({ length: counts[index % counts.length]! }, () => 'red') } as VqaItem
        return { ...entry, item }
      })
    const few = await scoreItems(cut([1, 2, 3, 4]), scorers, slowly([0], 1, () => text('red')).model)
    expect(few.tally.outcomes).toEqual({ 'warning:few_references': 9 })
    expect(few.evidence.slice(0, 4).map(({ results }) => results[0]!.score)).toEqual([0, 1 / 3, 2 / 3, 1])
    expect(few.evidence[0]!.results[0]).not.toHaveProperty('warning')
    const enough = await scoreItems(cut([4, 10]), scorers, slowly([0], 1, () => text('red')).model)
    expect(enough.tally.outcomes).toEqual({})
    expect(withoutWarnings({ ...few.tally.outcomes, answered: 3 })).toEqual({
      outcomes: { answered: 3 },
      warnings: [{ code: 'few_references', items: 9, message: expect.stringMatching(/^9 items have .*string_check/) as string }],
    })
  })

  test('a SampleError is that item’s alone: errored under every criterion, said why, neighbours untouched', async () => {
    const { model } = slowly([0], 3, (ordinal) => {
      if (ordinal === 4) throw new SampleError('endpoint_timeout', 'no answer within 30 s')
      return answers(ordinal)
    })
    const { rows, evidence } = await scoreItems(entries, scorers, model)
    const plain = await scoreItems(entries, scorers, slowly([0], 1, answers).model)
    expect(rows[4]).toEqual({
      ordinal: 4,
      cluster: entries[4]!.cluster,
      outcomes: [
        { status: 'errored', stats: [0] },
        { status: 'errored', stats: [0] },
      ],
    })
    expect(evidence[4]).toMatchObject({ error: { code: 'endpoint_timeout', message: 'no answer within 30 s' } })
    expect(rows.toSpliced(4, 1)).toEqual(plain.rows.toSpliced(4, 1))
  })

  test('any other error is the whole shard’s: thrown as it is, and nothing new is begun', async () => {
    const fault = new Error('R2 is out of reach')
    const { model, seen } = slowly([1], 2, (ordinal) => {
      if (ordinal === 3) throw fault
      return answers(ordinal)
    })
    await expect(scoreItems(entries, scorers, model)).rejects.toBe(fault)
    expect(seen.now).toBe(0)
    expect(Math.max(...seen.begun)).toBeLessThanOrEqual(5)
  })

  test('once the lease is lost no further item is begun', async () => {
    const lost = new AbortController()
    const { model, seen } = slowly([0], 1, (ordinal) => {
      if (ordinal === 2) lost.abort(new LeaseLost())
      return answers(ordinal)
    })
    await expect(scoreItems(entries, scorers, model, { lost: lost.signal })).rejects.toBeInstanceOf(LeaseLost)
    expect(seen.begun).toEqual([0, 1, 2])
  })

  test('the tally counts calls: repeats, those of errored items, and none for uploaded answers', async () => {
    const tallyOf = async (answer: (ordinal: number) => Output | ModelAnswer) =>
      (await scoreItems(entries, scorers, slowly([0], 1, answer).model)).tally.usage.invocations
    expect(await tallyOf(answers)).toBe(0)
    expect(await tallyOf((ordinal) => ({ output: answers(ordinal), calls: 1 }))).toBe(12)
    expect(await tallyOf((ordinal) => ({ output: answers(ordinal), calls: ordinal === 3 ? 5 : 1 }))).toBe(16)
    const failing = (ordinal: number) => {
      if (ordinal === 3) throw new SampleError('endpoint_status_500', 'it is down', { calls: 4 })
      if (ordinal === 4) throw new SampleError('image_missing', 'never asked')
      return { output: answers(ordinal), calls: 1 }
    }
    expect(await tallyOf(failing)).toBe(14)
  })

  test('the tally counts each item once: passed, failed or errored, over all criteria and for each', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<string | null | 'throw'>('red', 'blue', 'two', null, 'throw'), { minLength: 12, maxLength: 12 }),
        async (given) => {
          const { model } = slowly([0], 4, (ordinal) => {
            if (given[ordinal] === 'throw') throw new SampleError('x', 'x')
            return text(given[ordinal]!)
          })
          const { tally, rows } = await scoreItems(entries, scorers, model)
          for (const { passed, failed, errored } of [tally, ...tally.per_criterion]) expect(passed + failed + errored).toBe(12)
          const unusable = rows.filter(({ outcomes }) => outcomes.some(({ status }) => status !== 'scored')).length
          expect(tally.errored).toBe(unusable)
          expect(tally.passed).toBeLessThanOrEqual(Math.min(...tally.per_criterion.map(({ passed }) => passed)))
        },
      ),
      { numRuns: 50 },
    )
  })

  test('an invalid vector makes its sample errored, without preventing the report', async () => {
    const retrieval = await pureRun({ seed: 3, task: 'retrieval', items: 4, criteria: [RETRIEVAL, SIMILARITY] })
    const shard = retrieval.items.map((item, ordinal) => ({ ordinal, cluster: ordinal, item }))
    const spoil = (spoilt: (vector: Float32Array) => Float32Array): Model => ({
      ...retrieval.model,
      run: async (request) => {
        const answer = await retrieval.model.run(request)
        if (ordinalOf(request.item.id) !== 1 || answer.output.kind !== 'embeddings') return answer
        return { ...answer, output: { ...answer.output, image: spoilt(answer.output.image) } }
      },
    })
    for (const spoilt of [
      (v: Float32Array) => v.map(() => NaN),
      (v: Float32Array) => v.map(() => 0),
      (v: Float32Array) => v.with(2, Infinity),
    ]) {
      const { rows, embeddings, evidence } = await scoreItems(shard, SCORERS.bindAll([RETRIEVAL, SIMILARITY]), spoil(spoilt))
      expect(rows.map(({ outcomes }) => outcomes[0]!.status)).toEqual(['scored', 'errored', 'scored', 'scored'])
      expect(embeddings.map(({ ordinal }) => ordinal)).toEqual([0, 2, 3])
      expect(evidence[1]!.error!.code).toBe('not_finite')
    }
    const { rows } = await scoreItems(
      shard,
      SCORERS.bindAll([RETRIEVAL]),
      spoil((v) => v.map(() => NaN)),
    )
    expect(rows[1]!.outcomes[0]!.status).toBe('errored')
  })
})

describe('keeping a lease', () => {
  function beats() {
    const actions = new Set<() => Promise<void>>()
    return {
      actions,
      engine: {
        leaseMilliseconds: 60,
        every: (milliseconds: number, action: () => Promise<void>) => {
          expect(milliseconds).toBe(20)
          actions.add(action)
          return () => void actions.delete(action)
        },
      },
      beat: async () => {
        for (const action of actions) await action()
      },
    }
  }

  test('renews while the work lasts, and not after, however it ends', async () => {
    const { engine, actions, beat } = beats()
    let renewals = 0
    const renew = async () => {
      renewals += 1
      return true
    }
    expect(
      await keepAlive(engine, renew, async (lost) => {
        await beat()
        await beat()
        return lost.aborted
      }),
    ).toBe(false)
    await expect(keepAlive(engine, renew, () => Promise.reject(new Error('fault')))).rejects.toThrow('fault')
    expect(renewals).toBe(2)
    expect(actions.size).toBe(0)
  })

  test('one renewal at a time, and one that is under way is over before the lease is given back', async () => {
    const { engine, actions } = beats()
    const events: string[] = []
    let land!: () => void
    const landed = new Promise<void>((resolve) => (land = resolve))
    const kept = keepAlive(
      engine,
      async () => {
        events.push('renewal sent')
        await landed
        events.push('renewal landed')
        return true
      },
      async () => {
        for (const action of actions) void action()
        for (const action of actions) void action()
        events.push('work ended')
      },
    ).then(() => events.push('lease given back'))
    await new Promise((resolve) => setTimeout(resolve, 1))
    expect(events).toEqual(['renewal sent', 'work ended'])
    land()
    await kept
    expect(events).toEqual(['renewal sent', 'work ended', 'renewal landed', 'lease given back'])
  })

  test('a renewal that fails is tried again; one that is refused ends the work', async () => {
    const { engine, beat } = beats()
    const outcomes = [() => Promise.reject(new Error('D1')), async () => true, async () => false]
    await keepAlive(
      engine,
      () => outcomes.shift()!(),
      async (lost) => {
        await beat()
        expect(lost.aborted).toBe(false)
        await beat()
        expect(lost.aborted).toBe(false)
        await beat()
        expect(lost.reason).toBeInstanceOf(LeaseLost)
      },
    )
  })
})
