/**
 * Runs of questions at a made-up endpoint, with the real ledger and the real store of answers. The test
 * decides how the endpoint answers each request, and when a consumer dies.
 * @module
 */
import { SampleError, type TokenUsage } from '../../../src/contracts/model.ts'
import type { NewRunOptions } from '../../../src/contracts/ports.ts'
import type { RunRecord } from '../../../src/contracts/run.ts'
import { EgressError } from '../../../src/egress/egress-error.ts'
import { createCaller } from '../../../src/models/endpoint/call-endpoint.ts'
import { createRunAccount } from '../../../src/models/endpoint/ledger/call-account.ts'
import type { CallPrice } from '../../../src/contracts/call-cost.ts'
import type { Pacer } from '../../../src/models/endpoint/pacing/pacer.ts'
import { fanOut } from '../../../src/runs/fan-out.ts'
import { layOut } from '../../../src/runs/plan.ts'
import { createCallLedger } from '../../../src/storage/call-ledger.ts'
import { createAnswerStore } from '../../../src/storage/endpoint-answers.ts'
import { createLedgerReader } from '../../../src/storage/ledger-reader.ts'
import { type PureRun, pureRun, VQA } from '../../support/pure-run.ts'
import { SqliteEngine } from './sqlite-engine.ts'

/** A text, a status, no connection, garbage; or the consumer dies before or after the answer. */
export type Answering = string | number | 'network' | 'garbage' | 'die_before' | 'die_after'

/** The isolate vanished. */
class Crash extends Error {}

export interface PaidWish {
  readonly items: number
  readonly maxAttempts?: number
  readonly concurrency?: number
  readonly deterministic?: boolean
  readonly price?: CallPrice
  readonly pacer?: Pacer
  /** Null: none is reported. */
  readonly usage?: TokenUsage | null
}

const FREE: CallPrice = { input_per_million: 0, output_per_million: 0, per_image: 0 }
export const USAGE = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 }

export class PaidEndpoint extends SqliteEngine {
  /** Requests that reached the endpoint, by item. */
  readonly requests: string[] = []
  /** Requests whose answer the endpoint sent in full. */
  answered = 0
  /** Revision of the model that runs name. */
  revision: string | undefined
  answering: (item: string, request: number) => Answering = () => 'red'
  readonly ledgers
  readonly #wish: PaidWish

  private constructor(pure: PureRun, wish: PaidWish) {
    super(pure)
    this.#wish = wish
    this.ledgers = createLedgerReader(this.db)
    this.engine.modelFor = (run) => this.#modelOf(run)
  }

  static async open(wish: PaidWish): Promise<PaidEndpoint> {
    return new PaidEndpoint(await pureRun({ seed: 3, task: 'vqa', items: wish.items, criteria: [VQA] }), wish)
  }

  async begin(calls: Partial<NonNullable<NewRunOptions['calls']>> = {}, shardSize = 4): Promise<RunRecord> {
    const run = { ...this.pure.run, queue: 'endpoint' as const, id: this.engine.newToken().replace('token ', 'evalrun_') }
    const settings = { cache: 'auto', maxRequests: null, maxCostNano: null, keyId: null, ...calls } as const
    await this.engine.runs.createRun(run, layOut(run.spec.selection.count, shardSize), { calls: settings })
    await fanOut(this.engine, run.queue)
    return this.run(run.id)
  }

  /** Handles messages, and sends those that a dead consumer left, until the run has ended. */
  async finish(run: RunRecord): Promise<RunRecord> {
    for (let rounds = 0; rounds < 100; rounds++) {
      await this.drain()
      if ((await this.run(run.id)).status !== 'in_progress') break
      this.sqlite.exec(`UPDATE shards SET sent_at = NULL WHERE state = 'pending'`)
      await fanOut(this.engine, run.queue)
    }
    return this.run(run.id)
  }

  async totals(run: RunRecord) {
    return (await this.ledgers.totals(run.tenant, [run.id])).get(run.id)!
  }

  async #modelOf(run: RunRecord) {
    const { maxAttempts = 3, concurrency = 2, deterministic = false, price = FREE, pacer } = this.#wish
    const clock = { now: () => this.now }
    const account = createRunAccount({
      ledger: createCallLedger(this.db, clock),
      answers: createAnswerStore(this.bucket()),
      run,
      settings: (await this.ledgers.settings(run.tenant, run.id))!,
      addressDigest: 'a'.repeat(64),
      revision: this.revision,
      price,
      newId: () => this.engine.newToken().padStart(20, '0'),
    })
    const call = createCaller({
      endpoint: { name: 'gpu', baseUrl: 'https://gpu.example/v1', timeoutMs: 1000, maxAttempts, concurrency },
      egress: {
        fetch: (_url, { body }) => this.#respond(JSON.parse(new TextDecoder().decode(body as Uint8Array)).item as string),
      },
      secret: undefined,
      sleep: async () => {},
      random: () => 0,
      now: clock.now,
      account,
      ...(pacer !== undefined && { pacer }),
    })
    return {
      ...this.pure.model,
      concurrency,
      run: async ({ item }: { readonly item: { readonly id: string } }) => {
        const { answer, calls, stored } = await call({
          path: 'chat/completions',
          body: new TextEncoder().encode(JSON.stringify({ item: item.id })),
          item: item.id,
          deterministic,
          maxCompletionTokens: 2,
          images: 0,
          maxResponseBytes: 1000,
          read: (body) => {
            const text = new TextDecoder().decode(body)
            if (text === '<html>') throw new SampleError('endpoint_bad_response', 'not an answer')
            return { answer: text, usage: this.#wish.usage === undefined ? USAGE : this.#wish.usage }
          },
        })
        return { output: { kind: 'text' as const, text: answer }, calls, stored, outcome: 'answered', usage: USAGE }
      },
    }
  }

  async #respond(item: string) {
    this.requests.push(item)
    const said = this.answering(item, this.requests.length)
    await Promise.resolve()
    if (said === 'die_before') throw new Crash('the isolate died before the answer')
    if (said === 'network') throw new EgressError({ code: 'network', detail: 'no connection' })
    if (typeof said === 'number') return response(said, 'failing, as told')
    this.answered++
    if (said === 'die_after') throw new Crash('the isolate died after the answer')
    return response(200, said === 'garbage' ? '<html>' : said)
  }
}

const response = (status: number, text: string) => ({
  status,
  headers: new Headers(),
  bytes: new TextEncoder().encode(text),
})
