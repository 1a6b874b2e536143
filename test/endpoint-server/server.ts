/**
 * An external endpoint for tests, over real HTTP: OpenAI chat completions about a picture, a webhook
 * receiver, and a control that makes either fail.
 *
 * | request | does |
 * | --- | --- |
 * | `POST /v1/chat/completions` | answers, by the given answerer |
 * | `POST /webhook` | records headers and body, answers 204 |
 * | `POST /control` `{failures, reset}` | plans failures, see `failures.ts` |
 * | `GET /requests` | the log, see `request-log.ts` |
 *
 * `node test/endpoint-server/server.ts --port 9100 [--api-key KEY] [--model models/assay-clip]` (Node ≥
 * 22.18) prints its address.
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { type Answerer, hashAnswerer } from './answerer.ts'
import { completionOf, errorOf, readChat, recordOf } from './chat.ts'
import { createFailurePlan, failure, type FailureRequest } from './failures.ts'
import { reply } from './reply.ts'
import { createRequestRecorder, type RequestLog } from './request-log.ts'

export interface EndpointServerOptions {
  /** 0, the default, chooses a free one. */
  readonly port?: number
  readonly answerer?: Answerer
  /** Required as a bearer token, if given. */
  readonly apiKey?: string
}

export interface EndpointServer {
  /**
   * `http://127.0.0.1:<port>`; an endpoint's base URL is this and `/v1`, a webhook target this and
   * `/webhook`.
   */
  readonly url: string
  readonly requests: RequestLog
  control(command: { readonly failures?: readonly FailureRequest[]; readonly reset?: boolean }): void
  close(): Promise<void>
}

const control = z.strictObject({ failures: z.array(failure).default([]), reset: z.boolean().default(false) })

/** Starts listening on 127.0.0.1. */
export async function startEndpointServer(options: EndpointServerOptions = {}): Promise<EndpointServer> {
  const answerer = options.answerer ?? hashAnswerer()
  const plan = createFailurePlan()
  const recorder = createRequestRecorder()

  function command({ failures = [], reset = false }: Parameters<EndpointServer['control']>[0]): void {
    if (reset) {
      plan.clear()
      recorder.clear()
    }
    plan.add(failures)
  }

  async function answerChat(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const leave = recorder.enter()
    response.once('close', leave)
    const text = await readText(request)
    const failure = plan.take('chat', text)
    const authorization = request.headers.authorization ?? null
    let chat
    try {
      chat = readChat(text)
    } catch (error) {
      return reply(response, 400, errorOf(400, String(error)))
    }
    recorder.chat(recordOf(chat, authorization))
    if (options.apiKey !== undefined && authorization !== `Bearer ${options.apiKey}`) {
      return reply(response, 401, errorOf(401, `Incorrect API key provided: ${authorization?.slice(7)}`))
    }
    if (failure && failure.status >= 300) {
      return reply(response, failure.status, errorOf(failure.status, 'failing, as told'), failure)
    }
    return reply(response, failure?.status ?? 200, completionOf(chat, await answerer(chat)), failure)
  }

  async function receiveWebhook(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readText(request)
    const failure = plan.take('webhook', body)
    const status = failure?.status ?? 204
    recorder.webhook({ headers: request.headers as Record<string, string>, body, status })
    return reply(response, status, {}, failure)
  }

  /** A commit status, as a forge takes it. */
  async function receiveStatus(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(await readText(request)) as Record<string, string>
    recorder.status({ path: request.url!, authorization: request.headers.authorization ?? null, ...body })
    return reply(response, 201, {})
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'POST' && request.url?.startsWith('/repos/')) return receiveStatus(request, response)
    switch (`${request.method} ${request.url?.split('?')[0]}`) {
      case 'POST /v1/chat/completions':
        return answerChat(request, response)
      case 'POST /webhook':
        return receiveWebhook(request, response)
      case 'POST /control':
        command(control.parse(JSON.parse(await readText(request))))
        return reply(response, 200, {})
      case 'GET /requests':
        return reply(response, 200, recorder.log)
      default:
        return reply(response, 404, errorOf(404, 'no such route'))
    }
  }

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => reply(response, 500, errorOf(500, String(error))))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return recorder.log
    },
    control: command,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { port: { type: 'string' }, 'api-key': { type: 'string' }, model: { type: 'string' } },
  })
  const { url } = await startEndpointServer({
    port: Number(values.port ?? 0),
    ...(values['api-key'] !== undefined && { apiKey: values['api-key'] }),
    ...(values.model !== undefined && {
      // Loaded on demand: a runtime and a model take a second.
      answerer: await (await import('./model-answerer.ts')).loadModelAnswerer(values.model),
    }),
  })
  console.log(url)
}
