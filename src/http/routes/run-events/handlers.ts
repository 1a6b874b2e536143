/**
 * Live progress of a run.
 * @module
 */
import { invalidField } from '../../../contracts/failure.ts'
import { isStillValid } from '../../authorization.ts'
import { route } from '../../route.ts'
import { findRun } from '../runs/find-run.ts'
import { streamRunEvents } from './operations.ts'
import { eventStream } from './stream.ts'

const HEADER = 'Last-Event-ID'

export const runEventRoutes = [
  route(streamRunEvents, async (call) => {
    const { services, context, answer } = call
    const run = await findRun(call)
    const last = lastEventOf(context.req.header(HEADER))
    const newest = await services.events.last(run.tenant, run.id)
    if (last > newest) throw invalidField(`/${HEADER}`, `must be the id of an event of this run: they are 1 to ${newest}`)
    // An ended run has a last event, so a client that has it is done.
    if (run.status !== 'in_progress' && last === newest) return answer(204, null)
    const mayRead = () => isStillValid(context, services)
    return answer(200, eventStream({ ...services, mayRead }, run, last), {
      'cache-control': 'no-store',
      // For nginx: each event is passed on at once.
      'x-accel-buffering': 'no',
    })
  }),
]

/** @throws {Fault} `invalid` */
function lastEventOf(header: string | undefined): number {
  if (header === undefined || header === '') return 0
  if (!/^[0-9]{1,15}$/.test(header)) throw invalidField(`/${HEADER}`, 'must be the id of an event: a whole number')
  return Number(header)
}
