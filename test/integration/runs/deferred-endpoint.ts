/**
 * Runs of questions at the reference endpoint, in submissions: real HTTP to it, the real ledger, stores and
 * engine, and a clock in the test's hands. The test decides when a consumer dies.
 * @module
 */
import { randomUUID } from 'node:crypto'
import type { DeferredModel, Model } from '../../../src/contracts/model.ts'
import type { NewRunOptions } from '../../../src/contracts/ports.ts'
import type { RunRecord } from '../../../src/contracts/run.ts'
import type { Services } from '../../../src/http/app-context.ts'
import { createEgress } from '../../../src/egress/egress.ts'
import { createBatchDispatcher } from '../../../src/models/endpoint/batch/batch-dispatcher.ts'
import type { CallEndpoint } from '../../../src/models/endpoint/call-endpoint.ts'
import { encodeChatRequest } from '../../../src/models/endpoint/chat/chat-request.ts'
import { answerOf, readChatBody } from '../../../src/models/endpoint/chat/chat-response.ts'
import { createDeferredModel } from '../../../src/models/endpoint/deferred/deferred-model.ts'
import type { Dispatcher, ResultLine } from '../../../src/models/endpoint/deferred/dispatcher.ts'
import { createServiceClient } from '../../../src/models/endpoint/deferred/service-client.ts'
import { createJobDispatcher } from '../../../src/models/endpoint/job/job-dispatcher.ts'
import { openAccount } from '../../../src/models/endpoint/ledger/open-account.ts'
import { DEFAULT_SETTINGS } from '../../../src/contracts/endpoint.ts'
import { fanOut } from '../../../src/runs/fan-out.ts'
import { layOut } from '../../../src/runs/plan.ts'
import { createCallLedger } from '../../../src/storage/call-ledger.ts'
import { createAnswerStore } from '../../../src/storage/endpoint-answers.ts'
import { createBlobs } from '../../../src/storage/objects.ts'
import { createLedgerReader } from '../../../src/storage/ledger-reader.ts'
import { createSignedLinks } from '../../../src/storage/signed-links.ts'
import { createSubmissionFiles } from '../../../src/storage/submission-files.ts'
import { signStandardWebhook } from '../../../src/webhooks/standard-webhook.ts'
import { sweep } from '../../support/run-engine.ts'
import { type PureRun, pureRun, VQA } from '../../support/pure-run.ts'
import type { Receiver } from './submission-receiver.ts'
import { SqliteEngine } from './sqlite-engine.ts'

/** The isolate vanished. */
export class Crash extends Error {}

export interface DeferredWish {
  readonly url: string
  readonly items: number
  readonly maxAttempts?: number
  /** Milliseconds that a request to the endpoint may take. */
  readonly timeoutMs?: number
  /** Submissions are jobs, whose results arrive here. Default: they are batches. */
  readonly receiver?: Receiver
  /** Changes the endpoint's responses. */
  readonly damage?: (address: string, response: Response) => Promise<Response>
}

/** The key of the reference endpoint. */
export const SECRET = `whsec_${Buffer.from('a secret that signs jobs, of 32 b').toString('base64')}`

export class DeferredEndpoint extends SqliteEngine {
  /** Called around each step of the dispatcher; a crash is thrown from it. */
  watch: (step: keyof Dispatcher, when: 'before' | 'after') => void = () => {}
  readonly ledgers
  readonly #wish: DeferredWish
  #ids = 0
  /** The endpoint keeps the batches of earlier tests. */
  readonly #lab = randomUUID().slice(0, 8)

  private constructor(pure: PureRun, wish: DeferredWish) {
    super(pure)
    this.#wish = wish
    this.ledgers = createLedgerReader(this.db)
    this.engine.modelFor = (run) => this.#modelOf(run)
    // Submissions have objects of their own beside those of the run.
    this.engine.blobs = createBlobs(this.bucket())
    this.sqlite.exec(`INSERT INTO endpoints (tenant_id, name, base_url, timeout_ms, max_attempts, concurrency, created_at)
      VALUES ('t', 'gpu', '${wish.url}', 1, 1, 1, 0)`)
    if (wish.receiver) wish.receiver.services = this.#services(wish.receiver)
  }

  #services({ url }: Receiver): Partial<Services> {
    return {
      runs: this.engine.runs,
      queues: this.engine.queues,
      // Signatures have the time of the worker.
      clock: { now: Date.now },
      ledgers: this.ledgers,
      callLedger: createCallLedger(this.db, { now: () => this.now }),
      signedLinks: this.#links(url),
      submissionFiles: createSubmissionFiles(this.bucket()),
      catalogue: { endpoints: { find: async () => ({ name: 'gpu', secretName: 'x' }) } } as unknown as Services['catalogue'],
      endpointSecret: () => SECRET,
    }
  }

  #links = (url: string) => createSignedLinks(Buffer.alloc(32, 7).toString('base64'), url, { now: Date.now })

  static async open(wish: DeferredWish): Promise<DeferredEndpoint> {
    return new DeferredEndpoint(await pureRun({ seed: 3, task: 'vqa', items: wish.items, criteria: [VQA] }), wish)
  }

  async begin(calls: Partial<NonNullable<NewRunOptions['calls']>> = {}, shardSize = 4): Promise<RunRecord> {
    const subject = { type: 'endpoint', endpoint: 'gpu', model: 'rules', prompt: '', sampling: {} } as const
    const spec = { ...this.pure.run.spec, subject }
    const id = this.engine.newToken().replace('token ', 'evalrun_')
    const run = { ...this.pure.run, spec, queue: 'endpoint' as const, id }
    const settings = { cache: 'auto', maxRequests: null, maxCostNano: null, keyId: null, ...calls } as const
    await this.engine.runs.createRun(run, layOut(run.spec.selection.count, shardSize), { calls: settings })
    await fanOut(this.engine, run.queue)
    return this.run(run.id)
  }

  /** Handles messages, sweeps and lets time pass until the run has ended. */
  async finish(run: RunRecord): Promise<RunRecord> {
    for (let rounds = 0; rounds < 400; rounds++) {
      await this.drain()
      if ((await this.run(run.id)).status !== 'in_progress') break
      this.now += 30_000
      // The endpoint works in real time.
      await new Promise((resolve) => setTimeout(resolve, 2))
      await sweep(this.engine)
    }
    return this.run(run.id)
  }

  async totals(run: RunRecord) {
    return (await this.ledgers.totals(run.tenant, [run.id])).get(run.id)!
  }

  async #modelOf(run: RunRecord): Promise<DeferredModel> {
    const { url, maxAttempts = 5, timeoutMs = 600 } = this.#wish
    const clock = { now: () => this.now }
    const endpoint = { name: 'gpu', baseUrl: `${url}/v1`, timeoutMs, maxAttempts, concurrency: 2 }
    const newId = () => this.#lab + String(++this.#ids).padStart(24, '0')
    const account = await openAccount(
      {
        ledger: createCallLedger(this.db, clock),
        ledgers: this.ledgers,
        answers: createAnswerStore(this.bucket()),
        newId,
      },
      run,
      { baseUrl: endpoint.baseUrl, settings: DEFAULT_SETTINGS },
      undefined,
    )
    const time = { sleep: async () => {}, random: () => 0, now: clock.now }
    const egress = createEgress({
      fetch: () => Promise.reject(new Error('nothing here goes outside')),
      loopbackFetch: async (address, init) => {
        const response = await fetch(address, init)
        return this.#wish.damage?.(address, response) ?? response
      },
      ownHosts: [],
    })
    const { receiver } = this.#wish
    const client = createServiceClient({ ...time, egress, endpoint, secret: receiver ? undefined : SECRET })
    const dispatcher = receiver
      ? createJobDispatcher({
          client,
          run,
          files: createSubmissionFiles(this.bucket()),
          ledgers: this.ledgers,
          links: this.#links(receiver.url),
          sign: (id, body) => signStandardWebhook([SECRET], id, Date.now() / 1000, body),
          now: clock.now,
        })
      : createBatchDispatcher({ ...time, client, run: run.id, maxAttempts })
    return createDeferredModel({
      run,
      endpoint,
      modelWith: (call) => this.#asking(call),
      account,
      ledgers: this.ledgers,
      dispatcher: this.#watched(dispatcher),
      secrets: [],
      newId,
      now: clock.now,
    })
  }

  /** Asks for the color of a thing that is named by the item. */
  #asking(call: CallEndpoint): Model {
    return {
      ...this.pure.model,
      run: async ({ item }) => {
        const { answer, calls, stored } = await call({
          path: 'chat/completions',
          body: encodeChatRequest({
            model: 'rules',
            sampling: {},
            messages: [{ role: 'user', content: [{ type: 'text', text: `${item.id}\nyes or no?` }] }],
          }),
          item: item.id,
          deterministic: false,
          maxCompletionTokens: null,
          images: 0,
          maxResponseBytes: 10_000,
          read: readChatBody,
        })
        return { ...answerOf(answer, calls), stored }
      },
    }
  }

  async *#watchedResults(results: AsyncIterable<ResultLine>): AsyncGenerator<ResultLine> {
    this.watch('results', 'before')
    yield* results
    this.watch('results', 'after')
  }

  #watched(dispatcher: Dispatcher): Dispatcher {
    const around = async <T>(step: keyof Dispatcher, work: () => Promise<T>): Promise<T> => {
      this.watch(step, 'before')
      const done = await work()
      this.watch(step, 'after')
      return done
    }
    return {
      ...dispatcher,
      send: (...given) => around('send', () => dispatcher.send(...given)),
      find: (...given) => around('find', () => dispatcher.find(...given)),
      poll: (...given) => around('poll', () => dispatcher.poll(...given)),
      results: (...given) => this.#watchedResults(dispatcher.results(...given)),
    }
  }
}
