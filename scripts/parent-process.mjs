/**
 * Ends a process whose parent is gone. A signal sent to `npm` alone does not always
 * reach its children, and SIGKILL never does.
 * @module
 */
import process from 'node:process'

/** Milliseconds between two looks: the kernel gives an orphan another parent and tells it nothing. */
const INTERVAL = 250

/**
 * Calls `action` once after the parent of this process has ended.
 * @param {() => void} action
 * @returns {() => void} stops watching
 */
export function whenParentEnds(action) {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    action()
  }, INTERVAL)
  timer.unref()
  return () => clearInterval(timer)
}
