/** Clients of other evaluation tools at the reference endpoint, where they are installed (test/interop). */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ReferenceEndpoint, startReferenceEndpoint } from '../../../endpoint/server.ts'
import { askByLmmsEval, askByPromptfoo, LMMS_PYTHON, PROMPTFOO } from '../../support/openai-sdk/other-clients.ts'

const KEY = 'a key of the tests'
const QUESTION = 'item 1\nyes or no?'

let endpoint: ReferenceEndpoint
beforeAll(async () => {
  endpoint = await startReferenceEndpoint({ apiKey: KEY })
})
afterAll(() => endpoint.close())

async function post<Answer>(path: string, body: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' }
  const response = await fetch(`${endpoint.url}/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  expect(response.status).toBe(200)
  return (await response.json()) as Answer
}

interface Chat {
  readonly choices: readonly { readonly message: { readonly content: string } }[]
  readonly usage: { readonly total_tokens: number }
}

const server = () => ({ apiKey: KEY, baseURL: `${endpoint.url}/v1` })

test.skipIf(PROMPTFOO === null)(
  'promptfoo gets the answer and the vector that the endpoint gives (ASSAY_PROMPTFOO)',
  async () => {
    const asked = { chat: 'rules', embedding: 'assay-clip', question: QUESTION }
    const chat = await post<Chat>('chat/completions', { model: 'rules', messages: [{ role: 'user', content: QUESTION }] })
    const { data } = await post<{ data: { embedding: number[] }[] }>('embeddings', { model: 'assay-clip', input: QUESTION })
    expect(await askByPromptfoo(server(), asked)).toEqual({
      error: null,
      output: chat.choices[0]!.message.content,
      tokens: chat.usage.total_tokens,
      dimensions: data[0]!.embedding.length,
    })
  },
)

test.skipIf(LMMS_PYTHON === null)('lmms-eval asks about a picture (ASSAY_LMMS_PYTHON)', async () => {
  const [answer] = await askByLmmsEval(server(), 'assay-lxmert', ['What colour is it?'])
  expect(answer).toMatch(/^\w[\w ]*$/)
})
