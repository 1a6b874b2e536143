/** Webhook endpoints of a run: each address once, and a limited number. */
import { expect, test } from 'vitest'
import { Fault } from '../../../src/contracts/failure.ts'
import { MAX_WEBHOOK_TARGETS } from '../../../src/contracts/records.ts'
import { createWebhookTargetStore } from '../../../src/storage/catalogue/webhook-target-store.ts'
import { createRunStore } from '../../../src/storage/runs/run-store.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'

const clock = { now: () => 1 }
const id = (number: number) => `we_${number.toString(16).padStart(32, '0')}`

function store() {
  const { db, sqlite } = sqliteD1()
  const webhookTargets = createWebhookTargetStore(db, clock)
  const add = (number: number, url: string) =>
    webhookTargets.put('t', {
      id: id(number),
      url,
      sealedSecret: '',
      secretHint: null,
      name: '',
      eventTypes: ['eval.run.failed'],
    })
  const failureOf = async (work: Promise<unknown>) => {
    const error = await work.catch((thrown: unknown) => thrown)
    if (!(error instanceof Fault)) throw new Error(`expected a Fault, got ${String(error)}`)
    return error.failure
  }
  return { db, sqlite, webhookTargets, add, failureOf }
}

test('an address is registered once, and again after it was deleted or answered that it is gone', async () => {
  const { add, webhookTargets, failureOf } = store()
  await add(1, 'https://a.example.com/')
  expect(await failureOf(add(2, 'https://a.example.com/'))).toMatchObject({
    kind: 'conflict',
    pointer: '/url',
    detail: expect.stringContaining(id(1)) as string,
  })
  await webhookTargets.disable('t', id(1))
  await add(3, 'https://a.example.com/')
  await webhookTargets.delete('t', id(3))
  await add(4, 'https://a.example.com/')
})

test('a tenant has a bounded number', async () => {
  const { add, failureOf, webhookTargets } = store()
  for (let index = 0; index < MAX_WEBHOOK_TARGETS; index++) await add(index, `https://a.example.com/${index}`)
  expect(await failureOf(add(99, 'https://b.example.com/'))).toMatchObject({
    kind: 'conflict',
    detail: expect.stringContaining(`there are ${MAX_WEBHOOK_TARGETS} webhook endpoints`) as string,
  })
  await webhookTargets.put('other', {
    id: id(99),
    url: 'https://b.example.com/',
    sealedSecret: '',
    secretHint: null,
    name: '',
    eventTypes: [],
  })
})

test.each([
  ['three hundred of one address, as an earlier version let them be made, are told once', () => 'https://a.example.com/', 1],
  [
    'a hundred addresses are told as far as a tenant may have them',
    (n: number) => `https://a.example.com/${n % 100}`,
    MAX_WEBHOOK_TARGETS,
  ],
])('%s, by the newest', async (_, urlOf, events) => {
  const { db, sqlite } = store()
  const insert = sqlite.prepare(
    `INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, sealed_secret, created_at) VALUES ('t', ?, ?, '', 1)`,
  )
  for (let index = 0; index < 300; index++) insert.run(id(index), urlOf(index))
  sqlite.exec(
    `INSERT INTO runs (tenant_id, run_id, eval_id, status, visibility, dataset_id, dataset_digest, queue, spec, spec_digest, data_source,
                       planned, created_at, transition_at) VALUES ('t', 'evalrun_1', 'e', 'in_progress', 'private', 'd', 'x', 'edge', '{}', 'x', '{}', 1, 1, 1)`,
  )
  sqlite.exec(
    `INSERT INTO trigger_deliveries (tenant_id, trigger_id, delivery_key, run_id, created_at, depth) VALUES ('t', 'tr', 'k', 'evalrun_1', 1, 4)`,
  )
  expect(await createRunStore(db, clock, 1).cancel('t', 'evalrun_1')).toBe(true)
  const told = sqlite.prepare(`SELECT payload FROM outbox WHERE kind = 'webhook'`).all() as { payload: string }[]
  const payloads = told.map(({ payload }) => JSON.parse(payload) as { endpoint: string; depth: number })
  expect(payloads.map(({ endpoint }) => endpoint).toSorted()).toEqual(
    Array.from({ length: events }, (_unused, index) => id(300 - events + index)),
  )
  expect(payloads.every(({ depth }) => depth === 4)).toBe(true)
})

test('a change keeps the other members; a rotation keeps the former secret; the address of another is refused', async () => {
  const { failureOf } = store()
  const targets = createWebhookTargetStore(sqliteD1().db, { now: () => 7 })
  const target = { sealedSecret: 'old', secretHint: 'h', name: 'ci', eventTypes: ['eval.run.failed'] }
  await targets.put('t', { ...target, id: 'we_a', url: 'https://a.example.com/' })
  await targets.put('t', { ...target, id: 'we_b', url: 'https://b.example.com/' })
  const former = { sealedSecret: 'old', until: 9 }
  await targets.update('t', 'we_a', { sealedSecret: 'new', former })
  const renamed = await targets.update('t', 'we_a', { name: 'nightly', eventTypes: ['eval.run.succeeded'] })
  expect(renamed).toMatchObject({ name: 'nightly', url: 'https://a.example.com/', sealedSecret: 'new', former, updatedAt: 7 })
  expect(await targets.find('t', 'we_a')).toEqual(renamed)
  expect(await failureOf(targets.update('t', 'we_a', { url: 'https://b.example.com/' }))).toMatchObject({ kind: 'conflict' })
  expect(await failureOf(targets.update('other', 'we_a', { name: 'x' }))).toMatchObject({ kind: 'not_found' })
})
