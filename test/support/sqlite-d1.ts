/**
 * D1 over Node's SQLite, for simulations with thousands of transactions a second: only the operations that
 * stores use.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite'

type Row = Record<string, SQLOutputValue>

/**
 * A database with every migration applied.
 * @param pause - awaited before each statement or batch, like a network.
 * @param sqlite - the database of an earlier instance, for another `pause`.
 * @param done - awaited after each of them: its result may be lost on the way back.
 */
export function sqliteD1(
  pause: () => Promise<void> = async () => {},
  sqlite: DatabaseSync = migrated(),
  done: () => Promise<void> = async () => {},
): { db: D1Database; sqlite: DatabaseSync } {
  const prepared = new Map<string, Prepared>()
  const compile = (sql: string) => {
    let found = prepared.get(sql)
    if (found === undefined) prepared.set(sql, (found = prepare(sqlite, sql)))
    return found
  }
  const changes = sqlite.prepare('SELECT changes() AS changes')
  const execute = (sql: string, values: readonly SQLInputValue[]) => {
    const { compiled, kind } = compile(sql)
    if (kind === 'writes') return resultOf([], Number(compiled.run(...values).changes))
    const results = compiled.all(...values) as Row[]
    return resultOf(results, kind === 'reads' ? 0 : (changes.get() as { changes: number }).changes)
  }
  const resultOf = (results: Row[], count: number) => ({ results, success: true, meta: { changes: count } })
  const ask = async (sql: string, values: readonly SQLInputValue[]) => {
    await pause()
    const result = execute(sql, values)
    await done()
    return result
  }
  const statement = (sql: string, values: readonly SQLInputValue[] = []) => ({
    sql,
    values,
    bind: (...bound: SQLInputValue[]) => statement(sql, bound),
    all: async () => ask(sql, values),
    run: async () => ask(sql, values),
    first: async (column?: string) => {
      const [row] = (await ask(sql, values)).results
      return row === undefined ? null : column === undefined ? row : row[column]
    },
  })
  const db = {
    prepare: (sql: string) => statement(sql),
    batch: async (statements: readonly ReturnType<typeof statement>[]) => {
      await pause()
      sqlite.exec('BEGIN')
      try {
        const results = statements.map(({ sql, values }) => execute(sql, values))
        sqlite.exec('COMMIT')
        await done()
        return results
      } catch (error) {
        if (sqlite.isTransaction) sqlite.exec('ROLLBACK')
        throw error
      }
    },
  }
  return { db: db as unknown as D1Database, sqlite }
}

interface Prepared {
  readonly compiled: ReturnType<DatabaseSync['prepare']>
  /** Only a statement that writes and returns rows has to be asked how many it changed. */
  readonly kind: 'reads' | 'writes' | 'returns'
}

function prepare(sqlite: DatabaseSync, sql: string): Prepared {
  const compiled = sqlite.prepare(sql)
  return { compiled, kind: compiled.columns().length === 0 ? 'writes' : /^\s*SELECT\b/i.test(sql) ? 'reads' : 'returns' }
}

let newestSchema: string | undefined

/** A new database in the newest schema. All migrations run once per process: they take ten times as long. */
function migrated(): DatabaseSync {
  newestSchema ??= schemaOf(afterAllMigrations())
  const sqlite = new DatabaseSync(':memory:')
  sqlite.exec(newestSchema)
  return sqlite
}

function afterAllMigrations(): DatabaseSync {
  const sqlite = new DatabaseSync(':memory:')
  for (const name of readdirSync('migrations').toSorted()) sqlite.exec(readFileSync(`migrations/${name}`, 'utf8'))
  return sqlite
}

/**
 * The statements that make a database's tables and indexes.
 * @throws {Error} when a table has rows, which the statements leave out
 */
function schemaOf(sqlite: DatabaseSync): string {
  const objects = sqlite
    .prepare(
      `SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
       ORDER BY type <> 'table', rowid`,
    )
    .all() as { type: string; name: string; sql: string }[]
  for (const { type, name } of objects)
    if (type === 'table' && sqlite.prepare(`SELECT 1 FROM ${name}`).get() !== undefined)
      throw new Error(`migrations fill table ${name}: copy its rows here`)
  return objects.map(({ sql }) => sql).join(';\n')
}
