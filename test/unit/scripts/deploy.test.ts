/**
 * `npm run deploy` against a fake of wrangler: what a first deployment makes, what a second one leaves alone,
 * and what a failure leaves behind.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { deploy, type DeployOptions } from '../../../scripts/deploy/deploy.ts'
import { createWrangler, DeployError } from '../../../scripts/deploy/wrangler.ts'
import { type FakeWrangler, fakeWrangler } from '../../support/fake-wrangler.ts'

let folder: string
let fake: FakeWrangler
let said: string[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-cloud-'))
  fake = fakeWrangler()
  said = []
})

afterEach(() => rmSync(folder, { recursive: true }))

function deployed(options: Partial<DeployOptions> = {}, dry = false) {
  const wrangler = createWrangler({
    dry,
    run: fake.run,
    print: (line) => void said.push(line),
    outputFile: join(folder, 'output.ndjson'),
  })
  return deploy(wrangler, { towers: false, folder, environment: {}, say: (line) => void said.push(line), ...options })
}

const changes = () => fake.commands.filter((command) => /\b(create|apply|deploy)\b/.test(command.replace('deployments', '')))
const secretsFile = () => join(folder, 'assay.secrets.json')

describe('a first deployment', () => {
  test('makes everything in order, and tells the Worker its address', async () => {
    const { addresses, before, key } = await deployed()
    const config = join(folder, 'assay.json')
    expect(changes().toSorted()).toEqual(
      [
        'd1 create assay',
        'kv namespace create assay-published',
        'r2 bucket create assay-objects',
        ...['edge', 'endpoint', 'control', 'edge-dead', 'endpoint-dead', 'control-dead'].map(
          (queue) => `queues create assay-${queue}`,
        ),
        `d1 migrations apply assay --remote --config ${config}`,
        `deploy --config ${config} --secrets-file ${join(folder, 'assay.new-secrets.json')}`,
        `deploy --config ${config}`,
      ].toSorted(),
    )
    expect(
      changes()
        .slice(-3)
        .map((command) => command.split(' ')[0]),
    ).toEqual(['d1', 'deploy', 'deploy'])
    expect(addresses).toEqual(['https://assay.someone.workers.dev'])
    expect(before).toBeNull()
    const { config: last } = fake.deployed.at(-1)!
    expect(last.vars.OWN_HOSTS).toBe('assay.someone.workers.dev')
    expect(last.d1_databases[0]).toMatchObject({ database_id: '00000000-0000-0000-0000-000000000000', database_name: 'assay' })
    expect(last.kv_namespaces[0]!.id).toMatch(/^b+0$/)
    for (const path of [last.main, last.d1_databases[0]!.migrations_dir]) expect(existsSync(path), path).toBe(true)
    expect(last.queues.consumers.map(({ queue }) => queue)).toContain('assay-control-dead')
    expect(key!.key).toMatch(/^assay_/)
  })

  test('keeps its secrets for their owner alone, and shows none of them', async () => {
    const { key } = await deployed({ environment: { ENDPOINT_SECRET_GPU: 'of the gpu', OTHER: 'x' } })
    expect([...fake.secrets.keys()].toSorted()).toEqual(['ENDPOINT_SECRET_GPU', 'LOCAL_KEY_HASH', 'LOCAL_KEY_ID', 'SECRETS_KEY'])
    const secret = key!.key.split('_').slice(2).join('_')
    expect(fake.secrets.get('LOCAL_KEY_HASH')).toBe(createHash('sha256').update(secret).digest('hex'))
    expect(Buffer.from(fake.secrets.get('SECRETS_KEY')!, 'base64')).toHaveLength(32)
    expect(statSync(secretsFile()).mode & 0o777).toBe(0o600)
    const written = readdirSync(folder).filter((name) => name !== 'assay.secrets.json')
    const shown = [...said, ...fake.commands, ...written.map((name) => readFileSync(join(folder, name), 'utf8'))].join('\n')
    for (const value of [secret, ...fake.secrets.values()]) expect(shown).not.toContain(value)
    expect(written).not.toContain('assay.new-secrets.json')
  })

  test('cut off before the deployment keeps its key for the next attempt', async () => {
    fake.failNext('deploy ', 'The Worker exceeds the limits of your plan')
    await expect(deployed()).rejects.toThrow(/^wrangler deploy .* failed \(exit 1\):[^]*exceeds the limits of your plan/)
    expect(readdirSync(folder)).not.toContain('assay.new-secrets.json')
    const kept = JSON.parse(readFileSync(secretsFile(), 'utf8')) as { api_key: string }
    fake.commands.length = 0
    const { key } = await deployed()
    expect(key!.key).toBe(kept.api_key)
    // Nothing is made a second time.
    expect(changes().filter((command) => command.includes('create'))).toEqual([])
  })
})

describe('a second deployment', () => {
  test('makes nothing, replaces no secret, and names the way back', async () => {
    const first = await deployed()
    const secrets = new Map(fake.secrets)
    fake.commands.length = 0
    const second = await deployed()
    const config = join(folder, 'assay.json')
    expect(changes()).toEqual([`d1 migrations apply assay --remote --config ${config}`, `deploy --config ${config}`])
    expect(fake.secrets).toEqual(secrets)
    expect(second.key).toEqual(first.key)
    expect(second.before).toEqual({ version: 'version-2', bookmark: 'bookmark-2' })
    expect(fake.deployed.at(-1)!.config).toEqual(fake.deployed.at(-2)!.config)
  })

  test('from another machine keeps the key and the domain without knowing them', async () => {
    await deployed({ domain: 'assay.example.com' })
    const secrets = new Map(fake.secrets)
    rmSync(folder, { recursive: true })
    folder = mkdtempSync(join(tmpdir(), 'assay-cloud-'))
    const { key, addresses } = await deployed()
    expect(key).toBeUndefined()
    expect(fake.secrets).toEqual(secrets)
    expect(fake.deployed.at(-1)!.config.routes).toEqual([{ pattern: 'assay.example.com', custom_domain: true }])
    expect(addresses.toSorted()).toEqual(['https://assay.example.com', 'https://assay.someone.workers.dev'])
  })

  test('under another name shares nothing with the first', async () => {
    await deployed()
    await deployed({ name: 'assay-staging' })
    const [one, other] = [fake.deployed[0]!.config, fake.deployed.at(-1)!.config]
    const namesIn = (config: typeof one) => [
      config.name,
      ...config.d1_databases.flatMap((database) => [database.database_name, database.database_id]),
      ...config.kv_namespaces.map(({ id }) => id),
      ...config.r2_buckets.map((bucket) => bucket.bucket_name),
      ...config.queues.producers.map(({ queue }) => queue),
      ...config.queues.consumers.flatMap(({ queue, dead_letter_queue: dead }) => [queue, ...(dead === undefined ? [] : [dead])]),
      ...config.ratelimits.map((limit) => limit.namespace_id),
    ]
    expect(namesIn(one).filter((name) => namesIn(other).includes(name))).toEqual([])
    expect(other.r2_buckets[0]!.bucket_name).toBe('assay-staging-objects')
  })
})

test('towers get the bucket of the deployment and are bound to it', async () => {
  await deployed({ towers: true })
  const tower = JSON.parse(readFileSync(join(folder, 'assay-tower.json'), 'utf8')) as { r2_buckets: { bucket_name: string }[] }
  expect(tower.r2_buckets[0]!.bucket_name).toBe('assay-objects')
  expect(fake.commands.filter((command) => command.includes('--name assay-'))).toHaveLength(2)
  expect(fake.deployed.at(-1)!.config.services!.map(({ binding }) => binding)).toEqual(['VISION_TOWER', 'TEXT_TOWER'])
})

test('a dry run prints the commands and runs none of them', async () => {
  await deployed({}, true)
  expect(fake.commands).toEqual([])
  expect(readdirSync(folder)).toEqual([])
  const printed = said.map((line) => line.replace('wrangler ', '').replace(/ {2}#.*/, ''))
  said = []
  await deployed()
  for (const command of fake.commands) expect(printed).toContain(command)
  // A second deployment asks and does nothing else either.
  fake.commands.length = 0
  await deployed()
  const others = fake.commands.filter((command) => !command.startsWith('versions view'))
  for (const command of others) expect(printed).toContain(command)
})

describe('refuses with the fix', () => {
  test('without a login', async () => {
    fake.accounts = []
    await expect(deployed()).rejects.toThrow(/npx wrangler login.*CLOUDFLARE_API_TOKEN/)
    expect(fake.commands).toEqual(['whoami --json'])
  })

  test('with several accounts and no choice', async () => {
    fake.accounts.push({ id: 'b'.repeat(32), name: 'Other' })
    await expect(deployed()).rejects.toThrow(/CLOUDFLARE_ACCOUNT_ID.*b{32} \(Other\)/)
    await deployed({ environment: { CLOUDFLARE_ACCOUNT_ID: 'b'.repeat(32) } })
  })

  test.each(['Assay', 'a', 'my_assay', 'x'.repeat(49)])('the name %s', async (name) => {
    await expect(deployed({ name })).rejects.toThrow(DeployError)
    expect(fake.commands).toEqual([])
  })

  test('with a damaged file of secrets, which stays as it is', async () => {
    writeFileSync(secretsFile(), '{"api_key": "cut o')
    await expect(deployed()).rejects.toThrow(`${secretsFile()} is damaged`)
    expect(readFileSync(secretsFile(), 'utf8')).toBe('{"api_key": "cut o')
    expect(fake.deployed).toEqual([])
  })
})
