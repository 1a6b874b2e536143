/**
 * `npm run dev`: `wrangler dev` with the database's migrations applied and the local key accepted, for work
 * on the code with reloading. Options go to wrangler: `npm run dev -- --port 9000`.
 *
 * Differs from `npm start`: its state lies in `.assay/dev`, the schedule fires only on request, and no
 * egress Worker filters the addresses that names resolve to. It is for one developer on loopback.
 * @module
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { DamagedKeyError, localKey } from './local-key.ts'
import { ROOT, WORK, WRANGLER_CONFIG } from './paths.ts'

const STATE = join(WORK, 'dev')
const shared = ['--config', WRANGLER_CONFIG, '--persist-to', STATE]

const key = readKey()
const migrated = await wrangler(['d1', 'migrations', 'apply', 'assay', '--local', ...shared], { CI: '1' })
if (migrated !== 0) process.exit(migrated)
process.stderr.write(`assay: API key: ${key.key}\n`)
const variables = Object.entries(key.bindings).flatMap(([name, value]) => ['--var', `${name}:${value}`])
process.exit(await wrangler(['dev', ...shared, ...variables, ...process.argv.slice(2)]))

function readKey() {
  try {
    return localKey()
  } catch (error) {
    if (!(error instanceof DamagedKeyError)) throw error
    process.stderr.write(`assay: ${error.message}\n`)
    process.exit(1)
  }
}

function wrangler(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const child = spawn(process.execPath, [join(ROOT, 'node_modules', 'wrangler', 'bin', 'wrangler.js'), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', ...env },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
}
