/**
 * The local server's log: kept over one restart, so that the traces of a crash outlive the start that
 * follows it, and never a reason to stop serving.
 * @module
 */
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

export interface ServerLog {
  write(level: string, message: string): void
}

/** Bytes of one file; there are two at most. */
const MOST = 10 * 2 ** 20

/**
 * Opens `file`, after moving an earlier one to `file.1`.
 * @param complain - told once when a line cannot be written (a full disk), and again after writing has
 *   worked in between
 */
export function openServerLog(file: string, complain: (message: string) => void, most: number = MOST): ServerLog {
  let size = 0
  let complained = false
  const attempt = (action: () => void): void => {
    try {
      action()
      complained = false
    } catch (error) {
      if (!complained) complain(`the log cannot be written: ${error instanceof Error ? error.message : String(error)}`)
      complained = true
    }
  }
  const turnOver = (): void => {
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0) renameSync(file, `${file}.1`)
    size = 0
  }
  attempt(() => {
    mkdirSync(dirname(file), { recursive: true })
    turnOver()
    appendFileSync(file, '')
  })
  return {
    write(level, message) {
      const line = `${new Date().toISOString()} ${level} ${message}\n`
      attempt(() => {
        if (size > 0 && size + line.length > most) turnOver()
        appendFileSync(file, line)
        size += line.length
      })
    },
  }
}
