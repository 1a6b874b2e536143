/**
 * Builds the Worker exactly as a deployment would (`wrangler deploy --dry-run`), and asserts that it may be
 * deployed.
 * @module
 */
import { execFile, spawn } from 'node:child_process'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { buildInputs } from './build-inputs.ts'
import { DIST, ROOT, WRANGLER_CONFIG } from './paths.ts'

/** Uncompressed size that Workers accept, on every plan (platform limits, 2026-09-04). */
export const MAXIMUM_BYTES = 64 * 2 ** 20

export interface Build {
  readonly directory: string
  /** False for an earlier build of the same inputs. */
  readonly isNew: boolean
  /** Path of the entry module, relative to `directory`. */
  readonly entry: string
  /** Uncompressed size of what would be uploaded. */
  readonly bytes: number
  readonly modules: readonly { readonly path: string; readonly bytes: number }[]
}

/** Lies in a build's folder: what it was built from, and what came of it. */
export const BUILD_RECORD = 'build.json'

interface BuildRecord {
  readonly inputs: string
  readonly build: Omit<Build, 'directory' | 'isNew'>
}

export class BuildError extends Error {
  override readonly name = 'BuildError'
}

/**
 * Builds into `directory`, unless it has a build of the same inputs already. The result appears by a rename,
 * so a reader never sees half a build.
 * @throws {BuildError} with wrangler's own words when the build fails, or when the Worker is too large to
 *   deploy.
 */
export async function buildWorker(
  directory: string = DIST,
  maximumBytes: number = MAXIMUM_BYTES,
  config: string = WRANGLER_CONFIG,
): Promise<Build> {
  const definition = await commitDefinition()
  const inputs = await buildInputs(ROOT, config, definition)
  const before = await recordOf(directory)
  if (before?.inputs === inputs && before.build.bytes <= maximumBytes) return { ...before.build, directory, isNew: false }

  const scratch = `${directory}.${process.pid}.tmp`
  await rm(scratch, { recursive: true, force: true })
  await mkdir(scratch, { recursive: true })
  try {
    const { code, output } = await wrangler(['deploy', '--dry-run', '--config', config, '--outdir', scratch, ...definition])
    if (code !== 0) throw new BuildError(`the Worker does not build (wrangler exited ${code}):\n${output.trim()}`)
    const modules = await modulesIn(scratch)
    const bytes = modules.reduce((sum, module) => sum + module.bytes, 0)
    if (bytes > maximumBytes) {
      const largest = modules.toSorted((a, b) => b.bytes - a.bytes).slice(0, 5)
      throw new BuildError(
        `the Worker is ${mebibytes(bytes)}, above the ${mebibytes(maximumBytes)} that Workers accept; largest: ` +
          largest.map((module) => `${module.path} ${mebibytes(module.bytes)}`).join(', '),
      )
    }
    const build = { entry: 'index.js', bytes, modules }
    await writeFile(join(scratch, BUILD_RECORD), JSON.stringify({ inputs, build } satisfies BuildRecord))
    await rm(directory, { recursive: true, force: true })
    await rename(scratch, directory)
    return { ...build, directory, isNew: true }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/**
 * Arguments for wrangler that tell the Worker which commit it was built from
 * (`src/contracts/code-version.ts`); none outside a checkout.
 */
export async function commitDefinition(): Promise<string[]> {
  const git = (...args: string[]) =>
    new Promise<string | null>((resolve) =>
      execFile('git', ['-C', ROOT, ...args], (error, stdout) => resolve(error === null ? stdout.trim() : null)),
    )
  const commit = await git('rev-parse', 'HEAD')
  if (commit === null) return []
  const isDirty = (await git('status', '--porcelain', '--untracked-files=no')) !== ''
  return ['--define', `ASSAY_COMMIT:"${commit}${isDirty ? '-dirty' : ''}"`]
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(2)} MiB`
}

/** Undefined where there is no build, or not all of it. */
async function recordOf(directory: string): Promise<BuildRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(join(directory, BUILD_RECORD), 'utf8')) as BuildRecord
    const { modules } = record.build
    const sizes = await Promise.all(modules.map(async ({ path }) => (await stat(join(directory, path))).size))
    return modules.every(({ bytes }, index) => bytes === sizes[index]) ? record : undefined
  } catch {
    return undefined
  }
}

async function modulesIn(directory: string): Promise<Build['modules']> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = found.filter((entry) => entry.isFile()).map((entry) => relative(directory, join(entry.parentPath, entry.name)))
  // wrangler adds a note for the reader and source maps, which are not uploaded.
  const uploaded = paths.filter((path) => path !== 'README.md' && !path.endsWith('.map')).toSorted()
  return Promise.all(uploaded.map(async (path) => ({ path, bytes: (await stat(join(directory, path))).size })))
}

function wrangler(args: readonly string[]): Promise<{ code: number; output: string }> {
  const cli = fileURLToPath(new URL('../node_modules/wrangler/bin/wrangler.js', import.meta.url))
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A terminal would get colours and questions; a log file in the home directory would be a trace
      // outside the checkout.
      env: { ...process.env, CI: '1', NO_COLOR: '1', WRANGLER_SEND_METRICS: 'false', WRANGLER_WRITE_LOGS: 'false' },
    })
    // A build that is not waited for any more must not go on writing.
    const kill = (): void => void child.kill('SIGKILL')
    process.once('exit', kill)
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) => {
      process.off('exit', kill)
      resolve({ code: code ?? 1, output })
    })
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const started = performance.now()
  const build = await buildWorker().catch((error: unknown) => {
    if (!(error instanceof BuildError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(
    `${build.isNew ? 'built the Worker' : 'the Worker was built before, looked at'} in ${seconds} s: ${mebibytes(build.bytes)} of ${mebibytes(MAXIMUM_BYTES)}, ${build.modules.length} modules\n`,
  )
  for (const module of build.modules) process.stdout.write(`  ${mebibytes(module.bytes).padStart(10)}  ${module.path}\n`)
}
