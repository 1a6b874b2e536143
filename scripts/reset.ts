/**
 * `npm run reset`: removes what Assay stored on this machine. The local key stays, so that clients keep
 * working.
 * @module
 */
import { rm, stat } from 'node:fs/promises'
import { relative } from 'node:path'
import process from 'node:process'
import { LOG_FILE, ROOT, STATE } from './paths.ts'
import { runningServer } from './server-lock.ts'

const server = await runningServer()
if (server) {
  process.stderr.write(
    `assay: a server is running (process ${server.launcher.pid}${server.url ? `, ${server.url}` : ''}); stop it first\n`,
  )
  process.exit(1)
}
for (const path of [STATE, LOG_FILE, `${LOG_FILE}.1`]) {
  const name = relative(ROOT, path)
  const there = await stat(path).then(
    () => true,
    () => false,
  )
  await rm(path, { recursive: true, force: true })
  process.stdout.write(there ? `removed ${name}\n` : `${name} was not there\n`)
}
