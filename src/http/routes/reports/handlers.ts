/**
 * `/v1/reports/{digest}`: a published result, in exactly the digested bytes.
 * @module
 */
import { Fault } from '../../../contracts/failure.ts'
import { JsonText } from '../../answer.ts'
import { type Call, route } from '../../route.ts'
import type { Report } from '../../../contracts/report.ts'
import type { RunSpec } from '../../../contracts/run.ts'
import { scorersOf } from '../../../runs/scorers-of-run.ts'
import { erroredBounds } from '../../../scorers/errored-bounds.ts'
import { getErroredBoundsOfReport, getReport } from './operations.ts'

/** @throws {Fault} `not_found` */
async function visibleReport({
  services,
  principal,
  params: { digest },
}: Call<typeof getReport> | Call<typeof getErroredBoundsOfReport>): Promise<string> {
  const known = /^[0-9a-f]{64}$/.test(digest)
  const text = known ? await services.reports.visibleBody(principal?.tenant ?? null, digest) : null
  if (text === null) throw new Fault({ kind: 'not_found', resource: 'report', id: digest })
  return text
}

export const reportRoutes = [
  route(getReport, async (call) => {
    const text = await visibleReport(call)
    const { answer } = call
    return answer(200, new JsonText(text), {
      // The name is the SHA-256 of the body, so the body never changes.
      'cache-control': 'private, max-age=31536000, immutable',
      etag: `"${call.params.digest}"`,
      // After a sign-out, a browser must not find a private report in its cache.
      vary: 'authorization',
    })
  }),

  route(getErroredBoundsOfReport, async (call) => {
    const report = JSON.parse(await visibleReport(call)) as Report
    const scorers = scorersOf({ spec: report.spec as unknown as RunSpec })
    return call.answer(200, { object: 'list', data: erroredBounds(scorers, report) })
  }),
]
