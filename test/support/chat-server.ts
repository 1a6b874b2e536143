/**
 * A chat completions server for tests: each answer is a function of the text of the messages.
 * @module
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ChatServer {
  /** `http://127.0.0.1:<port>`, without `/v1`. */
  readonly url: string
  /** The text of the messages of each request, in order. */
  readonly asked: readonly string[]
  close(): Promise<void>
}

interface Message {
  readonly content: string | readonly { readonly type: string; readonly text?: string }[]
}

const textOf = ({ content }: Message): string =>
  typeof content === 'string' ? content : content.map(({ type, text }) => text ?? `[${type}]`).join('\n')

export async function startChatServer(answer: (text: string) => string): Promise<ChatServer> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const pieces: Buffer[] = []
      for await (const piece of request) pieces.push(piece as Buffer)
      const { messages, model } = JSON.parse(Buffer.concat(pieces).toString()) as { messages: Message[]; model: string }
      const text = messages.map(textOf).join('\n')
      asked.push(text)
      const message = { role: 'assistant', content: answer(text) }
      const usage = { prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 }
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ id: 'c', model, choices: [{ index: 0, finish_reason: 'stop', message }], usage }))
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  }
}
