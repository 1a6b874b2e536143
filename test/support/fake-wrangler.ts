/**
 * wrangler 4.164.0 as a deployment sees it: what it printed for each command when it was recorded against
 * `fake-cloudflare.ts`, over an account in memory.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Ran, RunWrangler } from '../../scripts/deploy/wrangler.ts'

export interface FakeWrangler {
  readonly run: RunWrangler
  /** Commands in the order of their start. */
  readonly commands: string[]
  readonly secrets: Map<string, string>
  /** Configurations of deployed versions, the oldest first. */
  readonly deployed: { readonly id: string; readonly config: DeployedConfig }[]
  /** The next command that begins like this fails, once, with these words. */
  failNext(beginning: string, stderr: string): void
  /** Accounts of the login; none: not logged in. */
  accounts: { id: string; name: string }[]
}

export interface DeployedConfig {
  readonly name: string
  readonly main: string
  readonly d1_databases: { readonly database_name: string; readonly database_id: string; readonly migrations_dir: string }[]
  readonly kv_namespaces: { readonly id: string }[]
  readonly r2_buckets: { readonly bucket_name: string }[]
  readonly queues: {
    readonly producers: { readonly queue: string }[]
    readonly consumers: { readonly queue: string; readonly dead_letter_queue?: string }[]
  }
  readonly ratelimits: { readonly name: string; readonly namespace_id: string }[]
  readonly routes?: { readonly pattern: string; readonly custom_domain: boolean }[]
  readonly services?: { readonly binding: string; readonly service: string }[]
  readonly vars: { readonly OWN_HOSTS: string }
}

const done = (stdout = ''): Ran => ({ code: 0, stdout, stderr: '' })
const refused = (message: string): Ran => ({ code: 1, stdout: '', stderr: `\n✘ [ERROR] ${message}\n` })
const NOT_LOGGED_IN: Ran = { code: 1, stdout: '{\n    "loggedIn": false\n}\n', stderr: '' }

export function fakeWrangler(): FakeWrangler {
  const databases: { uuid: string; name: string }[] = []
  const namespaces: { id: string; title: string }[] = []
  const buckets = new Set<string>()
  const queues: string[] = []
  const deployed: { id: string; config: DeployedConfig }[] = []
  const secrets = new Map<string, string>()
  const commands: string[] = []
  let failure: { beginning: string; stderr: string } | undefined
  const valueOf = (args: readonly string[], option: string) => args[args.indexOf(option) + 1]!

  const fake: FakeWrangler = {
    commands,
    secrets,
    deployed,
    accounts: [{ id: 'a'.repeat(32), name: 'Test' }],
    failNext: (beginning, stderr) => void (failure = { beginning, stderr }),
    run: async (args, env) => {
      const command = args.join(' ')
      commands.push(command)
      if (failure !== undefined && command.startsWith(failure.beginning)) {
        const { stderr } = failure
        failure = undefined
        return refused(stderr)
      }
      return perform(args, env)
    },
  }
  return fake

  function perform(args: readonly string[], env: Readonly<Record<string, string>>): Ran {
    const [first, second, third] = args
    switch (`${first} ${second}`) {
      case 'whoami --json':
        return fake.accounts.length === 0 ? NOT_LOGGED_IN : done(JSON.stringify({ loggedIn: true, accounts: fake.accounts }))
      case 'd1 list':
        return done(JSON.stringify(databases.map((one) => ({ ...one, version: 'production' }))))
      case 'd1 create':
        databases.push({ uuid: `00000000-0000-0000-0000-${String(databases.length).padStart(12, '0')}`, name: third! })
        return done(`✅ Successfully created DB '${third}'\n`)
      case 'd1 time-travel':
        // Without one it reads wrangler.toml, whose id is not a database's.
        if (!args.includes('--config'))
          return refused('The database 00000000-0000-0000-0000-000000000000 could not be found [code: 7404]')
        return done(JSON.stringify({ bookmark: `bookmark-${deployed.length}` }))
      case 'd1 migrations':
        return done('✅ No migrations to apply!\n')
      case 'kv namespace':
        if (third === 'list') return done(JSON.stringify(namespaces))
        namespaces.push({ id: String(namespaces.length).padStart(32, 'b'), title: args[3]! })
        return done(`🌀 Creating namespace with title "${args[3]}"\n✨ Success!\n`)
      case 'r2 bucket':
        if (third === 'create') buckets.add(args[3]!)
        else if (!buckets.has(args[3]!)) return refused('The specified bucket does not exist. [code: 10006]')
        return done('{}')
      case 'queues list':
        return done(queueTable(queues))
      case 'queues create':
        if (queues.includes(third!)) return refused('Queue name is already taken. [code: 11009]')
        queues.push(third!)
        return done(`🌀 Creating queue '${third}'\n✅ Created queue '${third}'\n`)
      case 'deployments status':
        if (deployed.length === 0) return refused('This Worker does not exist on your account. [code: 10007]')
        return done(JSON.stringify({ versions: [{ version_id: deployed.at(-1)!.id, percentage: 100 }] }))
      case 'secret list':
        return done(JSON.stringify([...secrets.keys()].map((name) => ({ name, type: 'secret_text' }))))
      case 'versions view':
        return done(JSON.stringify({ resources: { bindings: boundIn(deployed.find(({ id }) => id === third)!.config) } }))
      default:
        return first === 'deploy' ? deploy(args, env) : refused(`Unknown arguments: ${args.join(' ')}`)
    }
  }

  function deploy(args: readonly string[], env: Readonly<Record<string, string>>): Ran {
    const config = JSON.parse(readFileSync(valueOf(args, '--config'), 'utf8')) as DeployedConfig
    if (args.includes('--name')) return done()
    if (args.includes('--secrets-file')) {
      const given = JSON.parse(readFileSync(valueOf(args, '--secrets-file'), 'utf8')) as Record<string, string>
      for (const [name, value] of Object.entries(given)) secrets.set(name, value)
    }
    deployed.push({ id: `version-${deployed.length + 1}`, config })
    const targets = [
      `https://${config.name}.someone.workers.dev`,
      ...(config.routes ?? []).map(({ pattern }) => `${pattern} (custom domain)`),
    ]
    const entries = [
      { type: 'wrangler-session', version: 1 },
      { type: 'deploy', version: 1, worker_name: config.name, targets },
    ]
    writeFileSync(env['WRANGLER_OUTPUT_FILE_PATH']!, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    return done(`Uploaded ${config.name}\n`)
  }
}

const boundIn = (config: DeployedConfig) => [
  { type: 'plain_text', name: 'OWN_HOSTS', text: config.vars.OWN_HOSTS },
  { type: 'd1', name: 'DB', id: config.d1_databases[0]!.database_id },
]

/** As `wrangler queues list` draws it; an empty line without any. */
function queueTable(names: readonly string[]): string {
  if (names.length === 0) return '\n'
  const width = Math.max(...names.map(({ length }) => length))
  const row = (name: string, index: number) =>
    `│ ${String(index).padStart(32, 'c')} │ ${name.padEnd(width)} │ 2026       │ 2026        │ 0         │ 0         │`
  return [
    '┌─┐',
    `│ id${' '.repeat(30)} │ ${'name'.padEnd(width)} │ created_on │ modified_on │ producers │ consumers │`,
    '├─┤',
    ...names.map(row),
    '└─┘',
  ].join('\n')
}
