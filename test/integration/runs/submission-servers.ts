/**
 * The reference endpoint and the receiver of results, for the tests of one file. Each test begins without
 * faults and without counts.
 * @module
 */
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { type DialChange, NO_FAULTS } from '../../../endpoint/dial.ts'
import { type ReferenceEndpoint, startReferenceEndpoint } from '../../../endpoint/server.ts'
import { DeferredEndpoint, type DeferredWish, SECRET } from './deferred-endpoint.ts'
import { type Receiver, startReceiver } from './submission-receiver.ts'

/** Kinds of endpoints that answer later. */
export const LATER = ['batch', 'job'] as const
export type Later = (typeof LATER)[number]

export interface SubmissionServers {
  readonly endpoint: ReferenceEndpoint
  readonly receiver: Receiver
  /** Turns all faults off and forgets all counts. */
  reset(): void
  /** A run's world. */
  open(kind: Later, wish: Omit<DeferredWish, 'url' | 'receiver'>): Promise<DeferredEndpoint>
}

/** Starts them before the file's first test, and closes them after its last. */
export function submissionServers(): SubmissionServers {
  let started: { readonly endpoint: ReferenceEndpoint; readonly receiver: Receiver }
  const servers: SubmissionServers = {
    get endpoint() {
      return started.endpoint
    },
    get receiver() {
      return started.receiver
    },
    reset() {
      started.endpoint.clear()
      started.endpoint.turn({ ...(NO_FAULTS as DialChange) })
    },
    open: (kind, wish) =>
      DeferredEndpoint.open({
        url: started.endpoint.url,
        ...(kind === 'job' && { receiver: started.receiver }),
        ...wish,
      }),
  }
  beforeAll(async () => {
    started = { endpoint: await startReferenceEndpoint({ apiKey: SECRET }), receiver: await startReceiver() }
  })
  beforeEach(() => servers.reset())
  afterAll(() => Promise.all([started.endpoint.close(), started.receiver.close()]))
  return servers
}
