/**
 * A Worker that computes for longer than Node waits for a request's headers does not leave a queue stuck
 * behind it. Node waits for a minute; here for a second, so that two seconds are long.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LocalServer, startLocalServer } from '../../scripts/local-server.ts'

const NODE_WAITS = 1000
const BLOCKED = 2500

/**
 * The edge queue's consumer has the control queue's consumer compute for long, as a shard does that was the
 * last before a merge.
 */
const WORKER = `
let handled = 0
export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname === '/v1/handled') return new Response(String(handled))
    await env.EDGE_QUEUE.send({ last: new URL(request.url).pathname === '/v1/last' })
    return new Response(null, { status: 204 })
  },
  async queue(batch, env) {
    for (const message of batch.messages) {
      if (batch.queue === 'assay-edge') {
        handled++
        if (message.body.last) await env.CONTROL_QUEUE.send({})
      } else {
        const begun = Date.now()
        while (Date.now() - begun < ${BLOCKED});
      }
      message.ack()
    }
  },
  async scheduled() {},
}
`

let worker: string
let server: LocalServer

beforeAll(async () => {
  worker = await mkdtemp(join(tmpdir(), 'assay-worker-'))
  await writeFile(join(worker, 'index.js'), WORKER)
  const create = http.createServer
  http.createServer = ((...given: Parameters<typeof create>) => {
    const [options, listener] = typeof given[0] === 'function' ? [{}, given[0]] : [given[0] as http.ServerOptions, given[1]]
    const limits = { headersTimeout: NODE_WAITS, requestTimeout: NODE_WAITS, connectionsCheckingInterval: 100 }
    return create({ ...options, ...limits }, listener)
  }) as typeof create
  try {
    server = await startLocalServer({ worker, scheduleEvery: 0 })
  } finally {
    http.createServer = create
  }
})

afterAll(async () => {
  await server?.stop()
  await rm(worker, { recursive: true, force: true })
})

test('messages that arrive after a long computation are handled', async () => {
  const ask = (path: string) => fetch(`${server.url}/v1/${path}`)
  const handled = async () => Number(await (await ask('handled')).text())
  for (let round = 1; round <= 3; round++) {
    await ask('last')
    while ((await handled()) < 2 * round - 1) await new Promise((resolve) => setTimeout(resolve, 20))
    await ask('next')
    // Answered only after the computation. A message that is lost stays so.
    await expect.poll(handled, { message: `round ${round}` }).toBe(2 * round)
  }
})
