/**
 * Processes named so that a number used again for another process is not mistaken for the one meant.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import process from 'node:process'

export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks after boot at which it started (field 22 of /proc/PID/stat). */
  readonly started: string
}

export function identify(pid: number): ProcessIdentity | undefined {
  const stat = statOf(pid)
  return stat === undefined || stat.state === 'Z' ? undefined : { pid, started: stat.started }
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started
}

/** The direct children of this process whose program is called `name`. */
export function childrenNamed(name: string): ProcessIdentity[] {
  return everyProcess().flatMap(({ pid, stat }) =>
    stat.parent === process.pid && stat.name === name ? [{ pid, started: stat.started }] : [],
  )
}

/** The living processes of a process group. @internal */
export function membersOfGroup(group: number): ProcessIdentity[] {
  return everyProcess().flatMap(({ pid, stat }) =>
    stat.group === group && stat.state !== 'Z' ? [{ pid, started: stat.started }] : [],
  )
}

/** Kills a process group, at once, and waits until the kernel has ended it. */
export function endGroup(group: number): Promise<void> {
  return endAll(
    () => membersOfGroup(group),
    () => kill(-group),
  )
}

/**
 * Kills everything that this process started, and what that started, and waits until the kernel has ended
 * it: a killed process still holds its files and ports for a moment.
 */
export function endDescendants(): Promise<void> {
  return endAll(descendants, (living) => {
    for (const { pid } of living) kill(pid)
  })
}

/** Milliseconds after which a process that does not end, such as one that waits for a disk, is left. */
const PATIENCE = 30_000

type Living = readonly ProcessIdentity[]

async function endAll(those: () => Living, killThem: (living: Living) => void): Promise<void> {
  for (const deadline = performance.now() + PATIENCE; performance.now() < deadline;) {
    const living = those()
    if (living.length === 0) return
    killThem(living)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function descendants(): ProcessIdentity[] {
  const children = Map.groupBy(everyProcess(), ({ stat }) => stat.parent)
  const found: ProcessIdentity[] = []
  const parents = [process.pid]
  for (const parent of parents) {
    for (const { pid, stat } of children.get(parent) ?? []) {
      parents.push(pid)
      if (stat.state !== 'Z') found.push({ pid, started: stat.started })
    }
  }
  return found
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

interface Stat {
  readonly name: string
  readonly state: string
  readonly parent: number
  readonly group: number
  readonly started: string
}

function everyProcess(): { pid: number; stat: Stat }[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      const stat = statOf(Number(entry))
      return stat === undefined ? [] : [{ pid: Number(entry), stat }]
    })
}

function statOf(pid: number): Stat | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The name stands in parentheses and may itself hold spaces and parentheses.
  const end = text.lastIndexOf(')')
  const fields = text.slice(end + 2).split(' ')
  return {
    name: text.slice(text.indexOf('(') + 1, end),
    state: fields[0] ?? '',
    parent: Number(fields[1]),
    group: Number(fields[2]),
    started: fields[19] ?? '',
  }
}
