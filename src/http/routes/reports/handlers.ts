/**
 * `/v1/reports/{digest}`: a published result, in exactly the digested bytes.
 * @module
 */
import { Fault } from '../../../contracts/failure.ts'
import { JsonText } from '../../answer.ts'
import { route } from '../../route.ts'
import { getReport } from './operations.ts'

export const reportRoutes = [
  route(getReport, async ({ services, principal, params: { digest }, answer }) => {
    const known = /^[0-9a-f]{64}$/.test(digest)
    const text = known ? await services.reports.visibleBody(principal?.tenant ?? null, digest) : null
    if (text === null) throw new Fault({ kind: 'not_found', resource: 'report', id: digest })
    return answer(200, new JsonText(text), {
      // The name is the SHA-256 of the body, so the body never changes.
      'cache-control': 'private, max-age=31536000, immutable',
      etag: `"${digest}"`,
      // After a sign-out, a browser must not find a private report in its cache.
      vary: 'authorization',
    })
  }),
]
