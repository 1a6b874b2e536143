/**
 * CPU time, which other work on the machine disturbs far less than time by the clock, and which a Worker is billed for.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import process from 'node:process'

/** Linux's USER_HZ: ticks a second in /proc. */
const TICKS = 100

/** Milliseconds of CPU that this process has used. */
export function ownCpu(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Milliseconds of CPU that the workerd started by this process has used, in steps of 10; undefined where /proc does not say. */
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
    // A process that ended meanwhile, or no Linux.
  }
  return undefined
}
