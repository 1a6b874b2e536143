/**
 * Two deployments by wrangler itself, against an imitation of Cloudflare's API: wrangler takes every command
 * and option, and the second deployment makes nothing. Half a minute of one core, so on request only.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { expect, test } from 'vitest'
import { deploy } from '../../scripts/deploy/deploy.ts'
import { createWrangler, installedWrangler } from '../../scripts/deploy/wrangler.ts'
import { startFakeCloudflare } from '../support/fake-cloudflare.ts'

test.skipIf(process.env['ASSAY_TEST_WRANGLER'] === undefined)(
  'wrangler takes every command, twice (set ASSAY_TEST_WRANGLER to run it)',
  { timeout: 900_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-cloud-'))
    const cloudflare = await startFakeCloudflare()
    const { account } = cloudflare
    try {
      const wrangler = createWrangler({
        dry: false,
        run: (args, env) => installedWrangler(args, { ...cloudflare.environment, ...env }),
        print: () => {},
        outputFile: join(folder, 'output.ndjson'),
      })
      const options = { towers: false, folder, environment: {}, say: () => {} }
      const first = await deploy(wrangler, { ...options, domain: 'assay.example.com' })
      expect(account.unknown).toEqual([])
      expect(first.addresses).toContain('https://assay.someone.workers.dev')
      expect(account.queues.map(({ queue_name: name }) => name)).toHaveLength(6)
      for (const { queue_name: name, consumers } of account.queues) expect(consumers, name).toHaveLength(1)
      expect([...account.secrets.keys()].toSorted()).toEqual(['LOCAL_KEY_HASH', 'LOCAL_KEY_ID', 'SECRETS_KEY'])
      const made = JSON.stringify([
        account.databases.map(({ name }) => name),
        account.namespaces,
        account.buckets,
        [...account.secrets],
      ])

      const second = await deploy(wrangler, options)
      expect(
        JSON.stringify([account.databases.map(({ name }) => name), account.namespaces, account.buckets, [...account.secrets]]),
      ).toBe(made)
      expect(second.before!.version).toBe(account.versions.at(-2)!.id)
      expect(second.addresses).toEqual(first.addresses)
      expect(account.unknown).toEqual([])
    } finally {
      cloudflare.close()
      rmSync(folder, { recursive: true })
    }
  },
)
