/**
 * Brings a local database to the schema of `migrations/`.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Miniflare, V4WorkerOptions, V4WorkerOptionsShape } from 'miniflare'
import { wrangler } from './cloudflare-tools.ts'
import { MIGRATIONS } from './paths.ts'

const NAME = 'migrator'

/** A migration as the Worker takes it. */
interface Migration {
  readonly name: string
  readonly statements: readonly string[]
}

type Outcome = { readonly ok: true } | { readonly ok: false; readonly migration: string | null; readonly message: string }

/**
 * The Worker that applies migrations. One request does it: through Miniflare's proxy each statement would
 * be several requests that block this process.
 */
export function migrationWorker(d1Databases: V4WorkerOptionsShape['d1Databases']): V4WorkerOptions {
  return {
    name: NAME,
    compatibilityDate: '2026-11-17',
    ...(d1Databases === undefined ? {} : { d1Databases }),
    modules: [{ type: 'ESModule', path: 'migrator.js', contents: MIGRATOR }],
  }
}

const MIGRATOR = `
const TABLE = 'CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)'

export default {
  async fetch(request, { DB }) {
    let migration = null
    try {
      await DB.exec(TABLE)
      const { results } = await DB.prepare('SELECT name FROM d1_migrations').all()
      const applied = new Set(results.map((row) => row.name))
      for (const { name, statements } of await request.json()) {
        if (applied.has(name)) continue
        migration = name
        const record = DB.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name)
        await DB.batch([...statements.map((sql) => DB.prepare(sql)), record])
      }
      return Response.json({ ok: true })
    } catch (error) {
      return Response.json({ ok: false, migration, message: error instanceof Error ? error.message : String(error) })
    }
  },
}
`

/**
 * Applies what `migrations/` has and the database lacks, each file in one transaction together with its own
 * record, in the table that `wrangler d1 migrations apply` uses: a start that is cut off leaves a file
 * applied or not, never half.
 * @throws {Error} with the database's words and the name of the file
 */
export async function applyMigrations(mf: Miniflare): Promise<void> {
  const names = (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql')).toSorted()
  const migrations = await Promise.all(
    names.map(async (name): Promise<Migration> => ({
      name,
      statements: wrangler.unstable_splitSqlQuery(await readFile(join(MIGRATIONS, name), 'utf8')),
    })),
  )
  const worker = await mf.getWorker(NAME)
  const response = await worker.fetch('http://migrator/', { method: 'POST', body: JSON.stringify(migrations) })
  const outcome = (await response.json()) as Outcome
  if (outcome.ok) return
  throw new Error(outcome.migration === null ? outcome.message : `migration ${outcome.migration} failed: ${outcome.message}`)
}
