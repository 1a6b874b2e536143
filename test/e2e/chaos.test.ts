/**
 * One power cut of each kind. `npm run chaos` does more of them.
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FAILPOINTS, isPartial, PowerCuts } from '../../scripts/power-cuts.ts'

let cuts: PowerCuts

beforeAll(async () => {
  cuts = await PowerCuts.prepare({ seed: 1, limit: 40 })
})

afterAll(() => cuts?.close())

test('killed while some but not all shards were recorded, a run ends with the same report', async () => {
  for (let draw = 1; ; draw++) {
    const cut = await cuts.cutAtRandomMoment()
    expect(cut).toMatchObject({ same: true, digest: cuts.digest })
    if (isPartial(cut)) return
    expect(draw, 'no draw hit the middle of the run').toBeLessThan(8)
  }
})

test.each(FAILPOINTS)('killed at failpoint %s, a run ends with the same report', async (name) => {
  const cut = await cuts.cutAtFailpoint(name)
  expect(cut).toMatchObject({ same: true, digest: cuts.digest })
})
