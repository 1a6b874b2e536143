/**
 * Routes of the reference endpoint.
 *
 * | request | does |
 * | --- | --- |
 * | `POST /v1/chat/completions`, `POST /v1/embeddings` | answers, subject to the dial |
 * | `GET /v1/models` | lists the models |
 * | `GET /stats`, `DELETE /stats` | reads and clears the counts |
 * | `GET /dial`, `PATCH /dial` | reads and turns the fault dial |
 * @module
 */
import { Hono } from 'hono'
import { z } from 'zod'
import { answerChat, chatRequest } from './chat.ts'
import { type Dial, dialChange, type Fault, turned } from './dial.ts'
import { answerEmbeddings, embeddingsRequest } from './embeddings.ts'
import { createEncoders, type Encoder, modelNames } from './model.ts'
import { BadPicture } from './pictures.ts'
import type { Counter } from './stats.ts'

/** Given with each request to {@link createApp}'s `fetch`. */
export interface Bindings {
  /** The fault drawn for this request. */
  readonly fault: Fault | null
}

export interface AppParts {
  readonly counter: Counter
  readonly dial: { get(): Dial; set(dial: Dial): void }
  /** Required as a bearer token, if given. */
  readonly apiKey?: string | undefined
}

/** A refusal in OpenAI's shape. */
class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: 400 | 401 | 404
  readonly code: string | null

  constructor(status: 400 | 401 | 404, message: string, code: string | null = null) {
    super(message)
    this.status = status
    this.code = code
  }
}

export function createApp({ counter, dial, apiKey }: AppParts) {
  const app = new Hono<{ Bindings: Bindings }>()
  const findEncoder = createEncoders()

  async function encoderOf(model: string): Promise<Encoder> {
    const encoder = await findEncoder(model)
    if (encoder !== null) return encoder
    throw new Refusal(
      404,
      `the model ${JSON.stringify(model)} does not exist; there are ${modelNames().join(', ')}`,
      'model_not_found',
    )
  }

  app.use('/v1/*', async ({ req }, next) => {
    const given = req.header('authorization')
    if (apiKey !== undefined && given !== `Bearer ${apiKey}`)
      throw new Refusal(401, `Incorrect API key provided: ${given?.slice(7) ?? '(none)'}`, 'invalid_api_key')
    await next()
  })

  app.post('/v1/chat/completions', async ({ req, env, json }) => {
    const request = parsed(chatRequest, await req.text())
    const { completion, usage } = await answerChat(request, await encoderOf(request.model), env.fault)
    counter.billed(usage)
    return json(completion)
  })

  app.post('/v1/embeddings', async ({ req, json }) => {
    const request = parsed(embeddingsRequest, await req.text())
    const { answer, usage } = await answerEmbeddings(request, await encoderOf(request.model))
    counter.billed(usage)
    return json(answer)
  })

  app.get('/v1/models', ({ json }) =>
    json({ object: 'list', data: modelNames().map((id) => ({ id, object: 'model', created: 0, owned_by: 'assay' })) }),
  )

  app.get('/stats', ({ json }) => json(counter.stats()))
  app.delete('/stats', ({ json }) => {
    counter.clear()
    return json(counter.stats())
  })
  app.get('/dial', ({ json }) => json(dial.get()))
  app.patch('/dial', async ({ req, json }) => {
    dial.set(turned(dial.get(), parsed(dialChange, await req.text())))
    return json(dial.get())
  })

  app.notFound(({ req, json }) => json(errorOf(404, `no route ${req.method} ${req.path}`), 404))
  app.onError((error, { json }) => {
    if (error instanceof Refusal) return json(errorOf(error.status, error.message, error.code), error.status)
    if (error instanceof BadPicture || error instanceof RangeError) return json(errorOf(400, error.message), 400)
    console.error(error)
    return json(errorOf(500, 'the reference endpoint has a defect; see its log'), 500)
  })
  return app
}

function parsed<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Refusal(400, 'the body is not JSON')
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new Refusal(400, z.prettifyError(result.error).replaceAll('\n', ' '))
}

export function errorOf(status: number, message: string, code: string | null = null) {
  const type = status === 429 ? 'rate_limit_error' : status < 500 ? 'invalid_request_error' : 'server_error'
  return { error: { message, type, param: null, code } }
}
