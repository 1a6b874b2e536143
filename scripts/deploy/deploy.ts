/**
 * One deployment, from nothing or over an earlier one. Existing resources are found by their names and kept;
 * missing ones are made. The only file that it needs is the one with the secrets.
 * @module
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Unstable_RawConfig } from 'wrangler'
import type { LocalKey } from '../local-key.ts'
import { TOWER_CONFIG } from '../paths.ts'
import { configurationOf, type ConfigurationParts, towerConfigurationOf } from './configuration.ts'
import { liveVersion } from './live-version.ts'
import { namesOf, writtenConfig } from './names.ts'
import { findOrMake } from './resources.ts'
import { planSecrets } from './secrets.ts'
import { DeployError, type Wrangler } from './wrangler.ts'

export interface DeployOptions {
  /** Name of the Worker; the one of `wrangler.toml` by default. */
  readonly name?: string | undefined
  readonly domain?: string | undefined
  readonly towers: boolean
  /** Folder for the written configuration and the secrets. */
  readonly folder: string
  readonly environment: NodeJS.ProcessEnv
  /** Options for wrangler that tell the Worker which commit it was built from. */
  readonly definitions?: readonly string[]
  readonly say: (sentence: string) => void
}

export interface Deployed {
  readonly worker: string
  /** Addresses of the Worker; empty in a dry run. */
  readonly addresses: readonly string[]
  readonly key: LocalKey | undefined
  /** State before, to go back to: null for a first deployment. */
  readonly before: { readonly version: string; readonly bookmark: string | null } | null
}

/** @throws {DeployError} */
export async function deploy(wrangler: Wrangler, options: DeployOptions): Promise<Deployed> {
  const { folder, say } = options
  const written = writtenConfig()
  const names = namesOf(written, options.name ?? written.name!)
  await requireAccount(wrangler, options.environment)
  const resources = await findOrMake(wrangler, names)
  const live = await liveVersion(wrangler, names.worker)
  const secrets = wrangler.dry
    ? undefined
    : planSecrets(live.secrets, join(folder, `${names.worker}.secrets.json`), options.environment)
  const domain = options.domain ?? live.domain
  const towers = options.towers ? { vision: `${names.worker}-vision-tower`, text: `${names.worker}-text-tower` } : undefined
  const parts = { names, resources, domain, towers, hosts: unique([...live.hosts, ...(domain === undefined ? [] : [domain])]) }

  const file = join(folder, `${names.worker}.json`)
  // A dry run must not replace the configuration of a real deployment by one without ids.
  const write = (hosts: readonly string[]) => {
    if (!wrangler.dry) writeConfiguration(file, configurationOf(written, { ...parts, hosts }))
  }
  write(parts.hosts)
  if (towers !== undefined) await deployTowers(wrangler, folder, parts)
  const bookmark = resources.databaseWasThere || wrangler.dry ? await bookmarkOf(wrangler, names.database, file) : null
  await wrangler.act(['d1', 'migrations', 'apply', names.database, '--remote', '--config', file])

  const secretsFile = join(folder, `${names.worker}.new-secrets.json`)
  const sends = wrangler.dry || Object.keys(secrets!.set).length > 0
  const command = ['deploy', '--config', file, ...(options.definitions ?? [])]
  let addresses: readonly string[]
  try {
    if (sends && !wrangler.dry) writeFileSync(secretsFile, JSON.stringify(secrets!.set), { mode: 0o600 })
    addresses = await wrangler.deploy([...command, ...(sends ? ['--secrets-file', secretsFile] : [])])
  } finally {
    rmSync(secretsFile, { force: true })
  }
  const hosts = unique([...parts.hosts, ...addresses.map(hostOf)])
  if (wrangler.dry || hosts.length > parts.hosts.length) {
    // A first deployment learns its address from its answer. The Worker must know it, to never fetch itself.
    write(hosts)
    await wrangler.deploy(command, 'if the Worker did not know its own address')
  }
  for (const name of Object.keys(secrets?.set ?? {})) say(`secret ${name} is set`)
  return {
    worker: names.worker,
    addresses: wrangler.dry ? [] : hosts.map((host) => `https://${host}`),
    key: secrets?.key,
    before: live.version === null ? null : { version: live.version, bookmark },
  }
}

/** @throws {DeployError} unless exactly one account is chosen */
async function requireAccount(wrangler: Wrangler, environment: NodeJS.ProcessEnv): Promise<void> {
  const printed = await wrangler.ask(['whoami', '--json'], /./)
  if (wrangler.dry) return
  if (printed === null)
    throw new DeployError(
      'no Cloudflare account: run "npx wrangler login", or set CLOUDFLARE_API_TOKEN (docs/deploy.md lists its permissions)',
    )
  const { accounts = [] } = JSON.parse(printed) as { accounts?: { id: string; name: string }[] }
  if (accounts.length > 1 && !environment['CLOUDFLARE_ACCOUNT_ID'])
    throw new DeployError(
      `there are ${accounts.length} accounts; set CLOUDFLARE_ACCOUNT_ID to one of: ${accounts.map(({ id, name }) => `${id} (${name})`).join(', ')}`,
    )
}

/** Both towers are one program under two names. */
async function deployTowers(wrangler: Wrangler, folder: string, { names, towers }: ConfigurationParts): Promise<void> {
  const file = join(folder, `${names.worker}-tower.json`)
  if (!wrangler.dry)
    writeConfiguration(file, towerConfigurationOf(writtenConfig(TOWER_CONFIG), dirname(TOWER_CONFIG), names.bucket))
  for (const name of [towers!.vision, towers!.text]) await wrangler.act(['deploy', '--config', file, '--name', name])
}

/** The moment before the migrations, to which Time Travel can restore the database. */
async function bookmarkOf(wrangler: Wrangler, database: string, config: string): Promise<string | null> {
  const printed = await wrangler.ask(['d1', 'time-travel', 'info', database, '--json', '--config', config])
  return printed === null ? null : (JSON.parse(printed) as { bookmark: string }).bookmark
}

function writeConfiguration(file: string, configuration: Unstable_RawConfig): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(configuration, null, 2)}\n`)
}

/** Host of an address, or of wrangler's `host (custom domain)`. */
function hostOf(target: string): string {
  return target.replace(/^https?:\/\//, '').replace(/[\s/].*$/, '')
}

const unique = (hosts: readonly string[]): string[] => [...new Set(hosts)]
