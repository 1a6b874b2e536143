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
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      const stat = statOf(Number(entry))
      return stat?.parent === process.pid && stat.name === name ? [{ pid: Number(entry), started: stat.started }] : []
    })
}

function statOf(pid: number): { name: string; state: string; parent: number; started: string } | undefined {
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
    started: fields[19] ?? '',
  }
}
