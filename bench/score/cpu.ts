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
  try {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue
      // pid (comm) state ppid …: proc(5). comm may hold spaces.
      const [, name, rest] = /\((.*)\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
      const fields = rest?.split(' ') ?? []
      if (name !== 'workerd' || Number(fields[1]) !== process.pid) continue
      return ((Number(fields[11]) + Number(fields[12])) / TICKS) * 1000
    }
  } catch {
    // The process has ended meanwhile, or this is not Linux.
  }
  return undefined
}
