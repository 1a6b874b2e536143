/**
 * Commands of wrangler, run one after the other or, in a dry run, only printed.
 * @module
 */
import { spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { ROOT } from '../paths.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs wrangler with `args` and adds `env` to its environment. */
export type RunWrangler = (args: readonly string[], env: Readonly<Record<string, string>>) => Promise<Ran>

/** A step of the deployment failed; the message has wrangler's words and, where known, the fix. */
export class DeployError extends Error {
  override readonly name = 'DeployError'
}

export interface Wrangler {
  /** Nothing is run: {@link ask} finds nothing, {@link act} does nothing. */
  readonly dry: boolean
  /**
   * Reads something.
   * @param absent - words of a failure that means "there is none"
   * @returns what wrangler printed; null where there is none, and in a dry run
   * @throws {DeployError} for any other failure
   */
  ask(args: readonly string[], absent?: RegExp): Promise<string | null>
  /**
   * Changes something.
   * @param note - in a dry run: the condition under which the command is run
   * @throws {DeployError}
   */
  act(args: readonly string[], note?: string): Promise<void>
  /**
   * Deploys, and returns the addresses of the Worker as wrangler reports them to programs
   * (`WRANGLER_OUTPUT_FILE_PATH`). Empty in a dry run.
   * @throws {DeployError}
   */
  deploy(args: readonly string[], note?: string): Promise<readonly string[]>
}

export interface WranglerOptions {
  readonly dry: boolean
  readonly run: RunWrangler
  readonly print: (line: string) => void
  /** A file that `deploy` may write. */
  readonly outputFile: string
}

export function createWrangler({ dry, run, print, outputFile }: WranglerOptions): Wrangler {
  async function perform(args: readonly string[], note?: string, env = {}): Promise<Ran | null> {
    const command = `wrangler ${args.map(quoted).join(' ')}`
    print(dry && note !== undefined ? `${command}  # ${note}` : command)
    return dry ? null : run(args, env)
  }
  async function act(args: readonly string[], note?: string, env = {}): Promise<void> {
    const ran = await perform(args, note, env)
    if (ran !== null && ran.code !== 0) throw failed(args, ran)
  }
  return {
    dry,
    async ask(args, absent) {
      const ran = await perform(args)
      if (ran === null || ran.code === 0) return ran?.stdout ?? null
      if (absent?.test(ran.stdout + ran.stderr)) return null
      throw failed(args, ran)
    },
    act: (args, note) => act(args, note),
    async deploy(args, note) {
      await rm(outputFile, { force: true })
      await act(args, note, { WRANGLER_OUTPUT_FILE_PATH: outputFile })
      return dry ? [] : addressesIn(await readFile(outputFile, 'utf8'))
    },
  }
}

/** wrangler as installed here, without prompts and colours. */
export const installedWrangler: RunWrangler = (args, env) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'node_modules', 'wrangler', 'bin', 'wrangler.js'), ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, CI: '1', NO_COLOR: '1', WRANGLER_HIDE_BANNER: 'true', WRANGLER_SEND_METRICS: 'false', ...env },
    })
    const said = { stdout: '', stderr: '' }
    child.stdout.on('data', (text) => (said.stdout += String(text)))
    child.stderr.on('data', (text) => (said.stderr += String(text)))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? 1, ...said }))
  })

function failed(args: readonly string[], { code, stdout, stderr }: Ran): DeployError {
  return new DeployError(`wrangler ${args.map(quoted).join(' ')} failed (exit ${code}):\n${`${stdout}\n${stderr}`.trim()}`)
}

/** Targets of the `deploy` entry in wrangler's output for programs: JSON Lines. */
function addressesIn(output: string): string[] {
  return output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as { type: string; targets?: string[] })
    .filter(({ type }) => type === 'deploy')
    .flatMap(({ targets = [] }) => targets)
}

/** As a shell takes it. */
function quoted(text: string): string {
  return /^[\w./:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
