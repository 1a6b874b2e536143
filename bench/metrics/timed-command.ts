/**
 * A terminal command from start to end, as its user experiences it.
 * @module
 */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import process from 'node:process'
import type { Readable } from 'node:stream'
import { commandScript } from '../../scripts/command.mjs'
import { ROOT } from '../../scripts/paths.ts'

export interface Timed {
  readonly stdout: string
  readonly stderr: string
  /** Seconds from before the start of the process to its end. */
  readonly wall: number
}

export interface TimedAssay extends Timed {
  /** Seconds of user and system time, all threads. */
  readonly cpu: number
  /** Largest resident set, in bytes: code, heap, buffers. */
  readonly peakMemory: number
}

/** Runs a program. @throws {Error} with the end of its stderr, unless it exits with 0. */
export async function timed(program: string, args: readonly string[]): Promise<Timed & { readonly extra: string }> {
  const started = performance.now()
  const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const [status, stdout, stderr, extra] = await Promise.all([
    ended,
    ...[child.stdout, child.stderr, child.stdio[3]].map((stream) => text(stream as Readable)),
  ])
  const wall = (performance.now() - started) / 1000
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr!.slice(-1000)}`)
  return { wall, stdout: stdout!, stderr: stderr!, extra: extra! }
}

/**
 * Loaded before the command: reports its usage on file descriptor 3 when the process ends. VmHWM instead of
 * getrusage's maxrss, which a process inherits from its parent.
 */
const REPORT_USE = `data:text/javascript,${encodeURIComponent(`
import { readFileSync, writeSync } from 'node:fs'
process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  const [, kilobytes] = /VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  writeSync(3, JSON.stringify({ cpu: (user + system) / 1e6, peakMemory: Number(kilobytes) * 1024 }))
})`)}`

/** Runs the command as `npm run assay` does, with this Node. */
export async function timedAssay(args: readonly string[], nodeOptions: readonly string[] = []): Promise<TimedAssay> {
  const options = ['--disable-warning=ExperimentalWarning', `--import=${REPORT_USE}`, ...nodeOptions]
  const { extra, ...run } = await timed(process.execPath, [...options, await commandScript(ROOT), ...args])
  return { ...run, ...(JSON.parse(extra) as { cpu: number; peakMemory: number }) }
}
