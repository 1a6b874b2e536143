/**
 * The doors: fetch, queue, scheduled.
 * @module
 */
import { composeFetch } from './compose-fetch.ts'
import { composeQueue } from './compose-queue.ts'
import { composeScheduled } from './compose-scheduled.ts'
import { answerWithin } from './contracts/answer-within.ts'
import type { Env } from './env.ts'
import { createApp } from './http/app.ts'
import { newRequestId } from './http/middleware.ts'
import { failureResponse } from './http/failure-response.ts'
import { sweep } from './jobs/sweep.ts'
import { explainStorageError } from './storage/schema-version.ts'

export { EndpointPacer } from './models/endpoint/pacing/endpoint-pacer.workerd.ts'

const app = createApp()

/**
 * A consumer may run for 15 minutes. Where messages are handled one at a time, as on a developer's machine, a
 * consumer that waits for ever would block its queue. It is ended here, and its message is delivered again.
 */
const HANDLER_MILLISECONDS = 14 * 60_000

/** Seconds before a message is delivered again after an infrastructure fault: doubling, at most a minute. */
const retryDelay = (attempts: number) => Math.min(60, 2 ** (attempts - 1))

export default {
  fetch(request, env, context) {
    try {
      return app.fetch(request, { services: composeFetch(env) }, context)
    } catch (error) {
      // With a wrong variable there are no services to answer with.
      return failureResponse(error, { path: new URL(request.url).pathname, requestId: newRequestId() })
    }
  },

  async queue(batch, env) {
    const consume = composeQueue(env, batch.queue)
    for (const message of batch.messages) {
      try {
        await answerWithin(HANDLER_MILLISECONDS, consume(message.body))
        message.ack()
      } catch (error) {
        console.error({
          message: 'queue message failed',
          queue: batch.queue,
          body: message.body,
          attempt: message.attempts,
          error: String(error),
        })
        message.retry({ delaySeconds: retryDelay(message.attempts) })
      }
    }
  },

  async scheduled(_event, env) {
    const counts = await answerWithin(HANDLER_MILLISECONDS, sweep(composeScheduled(env))).catch(async (error: unknown) => {
      throw await explainStorageError(env.DB, error)
    })
    if (Object.values(counts).some((count) => count > 0)) console.log({ message: 'sweep', ...counts })
  },
} satisfies ExportedHandler<Env>
