/**
 * A server of chat completions and embeddings for tests: answers are functions of the text. Any other path
 * is answered with 200, so that it can receive webhooks.
 * @module
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ChatServer {
  /** `http://127.0.0.1:<port>`, without `/v1`. */
  readonly url: string
  /** The text of the messages of each request, in order. */
  readonly asked: readonly string[]
  /** The inputs of each request for embeddings, in order. */
  readonly embedded: readonly (readonly string[])[]
  /** Streams whose client left before their end. */
  readonly left: () => number
  close(): Promise<void>
}

interface Message {
  readonly role: string
  readonly content: string | null | readonly { readonly type: string; readonly text?: string }[]
}

const textOf = ({ content }: Message): string =>
  typeof content === 'string' ? content : (content ?? []).map(({ type, text }) => text ?? `[${type}]`).join('\n')

/** Vectors that count the letters a, b and c of a text. */
function embeddingsOf(body: string) {
  const { input, model } = JSON.parse(body) as { input: string | string[]; model: string }
  const data = [input].flat().map((text, index) => ({
    object: 'embedding',
    index,
    embedding: [...'abc'].map((letter) => text.split(letter).length - 1 + 1e-3),
  }))
  return { object: 'list', data, model, usage: { prompt_tokens: 2 * data.length, total_tokens: 2 * data.length } }
}

/** Faults and delays of the server. */
export interface ChatServerOptions {
  /** Waits before each word of a stream but the first. */
  readonly beforeWord?: () => Promise<void>
}

interface ChatBody {
  readonly model: string
  readonly messages: Message[]
  readonly tools?: readonly { readonly function: { readonly name: string } }[]
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean }
}

const USAGE = { prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 }

/**
 * The message to a text. "Call …" calls the first tool with the rest of the text, until its result is among
 * the messages.
 */
function messageTo({ messages, tools = [] }: ChatBody, text: string, answer: (text: string) => string) {
  const [, city] = /^Call (\w+)/m.exec(text) ?? []
  const [tool] = tools
  if (city === undefined || tool === undefined || messages.some(({ role }) => role === 'tool'))
    return { role: 'assistant', content: answer(text) }
  const called = { name: tool.function.name, arguments: JSON.stringify({ city }) }
  return { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', function: called }] }
}

/** Chunks of a message: a word, or a piece of a call, at a time. */
function deltasOf({ content, tool_calls: calls }: ReturnType<typeof messageTo>): object[] {
  const words = (content ?? '').split(/(?<= )/).map((word) => ({ content: word }))
  const pieces = (calls ?? []).flatMap(({ function: { name, arguments: given }, ...call }, index) => [
    { tool_calls: [{ index, ...call, function: { name, arguments: '' } }] },
    ...[given.slice(0, 5), given.slice(5)].map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ])
  return [{ role: 'assistant', content: content === null ? null : '' }, ...(content === null ? pieces : words)]
}

/**
 * Streams where it is asked to. The model `plain` knows no `stream_options`, `whole` no `stream`, `deaf`
 * answers whole without a word, and `broken` ends in the middle.
 */
export async function startChatServer(answer: (text: string) => string, options: ChatServerOptions = {}): Promise<ChatServer> {
  const asked: string[] = []
  const embedded: string[][] = []
  let left = 0
  async function streamTo(
    response: ServerResponse,
    { model, stream_options: wanted }: ChatBody,
    message: ReturnType<typeof messageTo>,
  ) {
    response.setHeader('content-type', 'text/event-stream')
    const send = (value: object) =>
      response.write(`data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model, ...value })}\n\n`)
    let isOpen = true
    response.on('close', () => {
      if (!response.writableFinished) left++
      isOpen = false
    })
    for (const [place, delta] of deltasOf(message).entries()) {
      if (place > 1) await options.beforeWord?.()
      if (!isOpen) return
      if (model === 'broken' && place > 1) return void response.end()
      send({ choices: [{ index: 0, delta, finish_reason: null }] })
    }
    send({ choices: [{ index: 0, delta: {}, finish_reason: message.content === null ? 'tool_calls' : 'stop' }] })
    if (wanted?.include_usage === true) send({ choices: [], usage: USAGE })
    response.end('data: [DONE]\n\n')
  }
  const server = createServer((request, response) => {
    void (async () => {
      const pieces: Buffer[] = []
      for await (const piece of request) pieces.push(piece as Buffer)
      response.setHeader('content-type', 'application/json')
      const body = Buffer.concat(pieces).toString()
      if (request.url!.endsWith('/embeddings')) {
        const answered = embeddingsOf(body)
        embedded.push([(JSON.parse(body) as { input: string | string[] }).input].flat())
        return void response.end(JSON.stringify(answered))
      }
      if (!request.url!.endsWith('/chat/completions')) return void response.end()
      const chat = JSON.parse(body) as ChatBody
      const { model } = chat
      const text = chat.messages.map(textOf).join('\n')
      asked.push(text)
      const refused = model === 'plain' ? 'stream_options' : model === 'whole' ? 'stream' : null
      if (refused !== null && refused in chat)
        return void response.writeHead(400).end(JSON.stringify({ error: { message: `unknown field ${refused}` } }))
      const message = messageTo(chat, text, answer)
      if (chat.stream === true && model !== 'deaf') return streamTo(response, chat, message)
      const reason = message.content === null ? 'tool_calls' : 'stop'
      response.end(JSON.stringify({ id: 'c', model, choices: [{ index: 0, finish_reason: reason, message }], usage: USAGE }))
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    embedded,
    left: () => left,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  }
}
