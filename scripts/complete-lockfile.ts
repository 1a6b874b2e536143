/**
 * Adds to package-lock.json the platform packages that the registry at hand did not have when it was written.
 *
 * A registry mirror may lack a package's builds for other platforms. npm then leaves them out of the
 * lockfile without a word, and `npm ci` refuses that lockfile everywhere as out of sync ("Missing:
 * @oxfmt/binding-darwin-x64@ from lock file"). Entries for platforms that Assay does not run on are never
 * fetched; they only have to be there. Run after `npm install`.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { ROOT } from './paths.ts'

interface Entry {
  readonly version?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export interface Lockfile {
  readonly packages: Readonly<Record<string, Entry>>
}

/** Optional packages that the lockfile names and does not describe: what would make `npm ci` refuse it. */
export function missingEntries(lock: Lockfile): { readonly name: string; readonly version: string; readonly dev: boolean }[] {
  return Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {}, dev = false }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !isDescribed(lock, path, name))
      .map(([name, version]) => ({ name, version, dev })),
  )
}

export function completed(lock: Lockfile): Lockfile {
  const added = missingEntries(lock).map(({ name, version, dev }) => {
    if (!/^\d+\.\d+\.\d+/.test(version)) throw new Error(`${name} is wanted as ${version}; only exact versions can be added`)
    return [`node_modules/${name}`, { version, ...(dev ? { dev } : {}), optional: true, ...platformOf(name) }] as const
  })
  const { '': root, ...others } = lock.packages
  const entries = [...Object.entries(others), ...added].toSorted(([a], [b]) => a.localeCompare(b, 'en'))
  return { ...lock, packages: { '': root ?? {}, ...Object.fromEntries(entries) } }
}

/** Looks where Node would: in each enclosing node_modules. */
function isDescribed(lock: Lockfile, path: string, name: string): boolean {
  for (let base = path; ; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
    if (Object.hasOwn(lock.packages, `${base ? `${base}/` : ''}node_modules/${name}`)) return true
    if (base === '') return false
  }
}

/** Reads `binding-linux-arm64-musl` or `workerd-darwin-64`. */
function platformOf(name: string): Pick<Entry, 'os' | 'cpu' | 'libc'> {
  const [os = '', cpu = '', abi = ''] = name
    .slice(name.indexOf('/') + 1)
    .replace(/^(?:binding|workerd)-/, '')
    .split('-')
  const libc = os !== 'linux' ? undefined : abi.startsWith('musl') ? 'musl' : abi.startsWith('gnu') ? 'glibc' : undefined
  return {
    os: [os === 'windows' ? 'win32' : os],
    cpu: [cpu === '64' ? 'x64' : cpu],
    ...(libc === undefined ? {} : { libc: [libc] }),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = join(ROOT, 'package-lock.json')
  const lock = JSON.parse(readFileSync(file, 'utf8')) as Lockfile
  const missing = missingEntries(lock)
  writeFileSync(file, `${JSON.stringify(completed(lock), null, 2)}\n`)
  process.stdout.write(`${missing.length} entries added\n`)
}
