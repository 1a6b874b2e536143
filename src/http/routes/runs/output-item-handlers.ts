/**
 * The samples of a run, which OpenAI calls output items.
 * @module
 */
import { Fault } from '../../../contracts/failure.ts'
import type { RunRecord } from '../../../contracts/run.ts'
import { listPage } from '../../list-page.ts'
import { route } from '../../route.ts'
import { findRun } from './find-run.ts'
import { getOutputItem, listOutputItems } from './output-item-operations.ts'
import { ordinalOfOutputItem } from './output-item-shape.ts'
import { samplesBefore, samplesOf } from './samples.ts'

export const outputItemRoutes = [
  route(listOutputItems, async (call) => {
    const { services, query, answer } = call
    const { limit, after, status, order } = query
    const run = await findRun(call)
    const cursor = after === undefined ? null : cursorOf(run, after)
    return answer(
      200,
      await listPage(
        limit,
        (count) =>
          order === 'asc'
            ? samplesOf(services, run, cursor === null ? 0 : cursor + 1, count, status)
            : samplesBefore(services, run, cursor ?? run.spec.selection.count, count, status),
        (sample) => sample,
      ),
    )
  }),

  route(getOutputItem, async (call) => {
    const { services, params, answer } = call
    const run = await findRun(call)
    const id = params.output_item_id
    const ordinal = ordinalOfOutputItem(run, id)
    const [found] = ordinal === null ? [] : await samplesOf(services, run, ordinal, 1)
    // Samples still to come may precede the next recorded one.
    if (found === undefined || found.id !== id) throw new Fault({ kind: 'not_found', resource: 'output item', id })
    return answer(200, found)
  }),
]

/** @throws {Fault} `invalid` for an id of another run. */
function cursorOf(run: RunRecord, id: string): number {
  const ordinal = ordinalOfOutputItem(run, id)
  if (ordinal === null)
    throw new Fault({
      kind: 'invalid',
      detail: `after: ${id} is not an output item of this run`,
      errors: [{ pointer: 'after', detail: 'is not an output item of this run' }],
    })
  return ordinal
}
