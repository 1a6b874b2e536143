/**
 * Routes of the reference endpoint.
 *
 * | request | does |
 * | --- | --- |
 * | `POST /v1/chat/completions`, `POST /v1/embeddings` | answers, subject to the dial |
 * | `/v1/files`, `/v1/batches` | takes files of requests and answers them later |
 * | `POST /v1/jobs`, `GET /v1/jobs/{id}` | takes signed jobs, and delivers their results |
 * | `GET /v1/models` | lists the models |
 * | `GET /stats`, `DELETE /stats` | reads and clears the counts |
 * | `GET /dial`, `PATCH /dial` | reads and turns the fault dial |
 * @module
 */
import { Hono } from 'hono'
import { z } from 'zod'
import { batchCreate, type Batches } from './batches.ts'
import { answerChat, chatRequest } from './chat.ts'
import { type Dial, dialChange, type Fault, turned } from './dial.ts'
import { answerEmbeddings, embeddingsRequest } from './embeddings.ts'
import { BadSignature, type Jobs } from './jobs.ts'
import { createModels, type Model, modelNames } from './model.ts'
import { BadPicture } from './pictures.ts'
import type { Counter } from './stats.ts'

/** Given with each request to {@link createApp}'s `fetch`. */
export interface Bindings {
  /** The fault drawn for this request. */
  readonly fault: Fault | null
}

export interface AppParts {
  readonly counter: Counter
  readonly batches: Batches
  /** null without a key that can sign. */
  readonly jobs: Jobs | null
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

export function createApp({ counter, batches, jobs, dial, apiKey }: AppParts) {
  const app = new Hono<{ Bindings: Bindings }>()
  const findModel = createModels()

  async function modelOf(model: string): Promise<Model> {
    const found = await findModel(model)
    if (found !== null) return found
    throw new Refusal(
      404,
      `the model ${JSON.stringify(model)} does not exist; there are ${modelNames().join(', ')}`,
      'model_not_found',
    )
  }

  app.use('/v1/*', async ({ req }, next) => {
    // Jobs are signed.
    if (req.path.startsWith('/v1/jobs')) return next()
    const given = req.header('authorization')
    if (apiKey !== undefined && given !== `Bearer ${apiKey}`)
      throw new Refusal(401, `Incorrect API key provided: ${given?.slice(7) ?? '(none)'}`, 'invalid_api_key')
    await next()
  })

  app.post('/v1/chat/completions', async ({ req, env, json }) => {
    const request = parsed(chatRequest, await req.text())
    const { completion, usage } = await answerChat(request, (await modelOf(request.model)).rank, env.fault)
    counter.billed(usage)
    return json(completion)
  })

  app.post('/v1/embeddings', async ({ req, json }) => {
    const request = parsed(embeddingsRequest, await req.text())
    const { encoder } = await modelOf(request.model)
    if (encoder === null) throw new Refusal(400, `the model ${request.model} answers, and does not embed`)
    const { answer, usage } = await answerEmbeddings(request, encoder)
    counter.billed(usage)
    return json(answer)
  })

  app.post('/v1/files', async ({ req, json }) => {
    const { purpose, file } = await req.parseBody()
    if (purpose !== 'batch' || !(file instanceof File)) throw new Refusal(400, 'a file is uploaded with the purpose batch')
    return json(batches.addFile(file.name, new Uint8Array(await file.arrayBuffer())))
  })
  app.get('/v1/files/:id/content', ({ req, body }) => {
    const bytes = batches.fileContent(req.param('id')) ?? none('file', req.param('id'))
    return body(Buffer.from(bytes), 200, { 'content-type': 'application/jsonl' })
  })
  app.post('/v1/batches', async ({ req, json }) => {
    const request = parsed(batchCreate, await req.text())
    return json(batches.create(request) ?? none('file', request.input_file_id))
  })
  app.get('/v1/batches', ({ req, json }) =>
    json({ object: 'list', ...batches.list(Number(req.query('limit') ?? 20), req.query('after')) }),
  )
  app.get('/v1/batches/:id', ({ req, json }) => json(batches.find(req.param('id')) ?? none('batch', req.param('id'))))
  app.post('/v1/batches/:id/cancel', ({ req, json }) => json(batches.cancel(req.param('id')) ?? none('batch', req.param('id'))))

  app.post('/v1/jobs', async ({ req, json }) =>
    json(await (jobs ?? unsigned()).take(req.raw.headers, new Uint8Array(await req.arrayBuffer()))),
  )
  app.get('/v1/jobs/:id', async ({ req, json }) => {
    const { id } = req.param()
    return json((await (jobs ?? unsigned()).statusOf(req.raw.headers, id)) ?? none('job', id))
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
    if (error instanceof BadSignature) return json(errorOf(401, error.message, 'bad_signature'), 401)
    if (error instanceof BadPicture || error instanceof RangeError) return json(errorOf(400, error.message), 400)
    console.error(error)
    return json(errorOf(500, 'the reference endpoint has a defect; see its log'), 500)
  })
  return app
}

function unsigned(): never {
  throw new Refusal(400, 'jobs need a key that is whsec_ and the base64 of 24 to 64 bytes')
}

function none(what: string, id: string): never {
  throw new Refusal(404, `no ${what} ${id}`)
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
