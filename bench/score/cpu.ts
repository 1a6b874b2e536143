/**
 * CPU time, which other jobs disturb far less than wall time, and for which a Worker is billed.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import process from 'node:process'

/** Linux's USER_HZ: ticks a second in /proc. */
const TICKS = 100

/** Milliseconds of CPU of this process. */
export function ownCpu(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Milliseconds of CPU of the workerd started by this process, in steps of 10; undefined without /proc. */
export function workerdCpu(): number | undefined {
  for (const pid of processes()) {
    // pid (comm) state ppid …: proc(5). comm may hold spaces.
    const [, name, rest] = /\((.*)\) (.*)/.exec(statOf(pid)) ?? []
    const fields = rest?.split(' ') ?? []
    if (name !== 'workerd' || Number(fields[1]) !== process.pid) continue
    return ((Number(fields[11]) + Number(fields[12])) / TICKS) * 1000
  }
  return undefined
}

function processes(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return []
  }
}

/** Empty for a process of another that has ended since it was listed: on a busy machine one often has. */
function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return ''
  }
}
