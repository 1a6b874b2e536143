/**
 * The doors: fetch, queue, scheduled.
 * @module
 */
import { composeServices } from './compose.ts'
import { answerWithin } from './contracts/answer-within.ts'
import { controlMessage, shardMessage } from './contracts/message.ts'
import type { Engine } from './contracts/ports.ts'
import type { Env } from './env.ts'
import { createApp } from './http/app.ts'
import { newRequestId } from './http/middleware.ts'
import { failureResponse } from './http/failure-response.ts'
import { buryJob, buryShard } from './runs/dead-letter.ts'
import { workJob } from './runs/jobs.ts'
import { scoreShard } from './runs/score-shard.ts'
import { sweep } from './runs/sweep.ts'

const app = createApp()

/**
 * A consumer may run for 15 minutes. One that waits for what never comes would hold its queue for ever where one message is handled at a time,
 * as on a developer's machine: it ends here, and its message comes back.
 */
const HANDLER_MILLISECONDS = 14 * 60_000

/** What each queue's messages mean. */
const CONSUMERS: Readonly<Record<string, (engine: Engine, body: unknown) => Promise<unknown>>> = {
  'assay-edge': (engine, body) => scoreShard(engine, shardMessage.parse(body)),
  'assay-endpoint': (engine, body) => scoreShard(engine, shardMessage.parse(body)),
  'assay-control': (engine, body) => workJob(engine, controlMessage.parse(body).job),
  'assay-edge-dead': (engine, body) => buryShard(engine, shardMessage.parse(body)),
  'assay-endpoint-dead': (engine, body) => buryShard(engine, shardMessage.parse(body)),
  'assay-control-dead': (engine, body) => buryJob(engine, controlMessage.parse(body).job),
}

/** Seconds before a message that met an infrastructure fault comes back: doubling, at most a minute. */
const retryDelay = (attempts: number) => Math.min(60, 2 ** (attempts - 1))

export default {
  fetch(request, env, context) {
    try {
      return app.fetch(request, { services: composeServices(env) }, context)
    } catch (error) {
      // A variable that is wrong leaves no services to answer with.
      return failureResponse(error, { path: new URL(request.url).pathname, requestId: newRequestId() })
    }
  },

  async queue(batch, env) {
    const consume = CONSUMERS[batch.queue]
    if (consume === undefined) throw new Error(`no consumer for queue ${batch.queue}`)
    const { engine } = composeServices(env)
    for (const message of batch.messages) {
      try {
        await answerWithin(HANDLER_MILLISECONDS, consume(engine, message.body))
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
    const services = composeServices(env)
    const summary = await answerWithin(HANDLER_MILLISECONDS, sweep(services.engine)).catch(async (error: unknown) => {
      throw await services.explain(error)
    })
    if (Object.values(summary).some((count) => count > 0)) console.log({ message: 'sweep', ...summary })
  },
} satisfies ExportedHandler<Env>
