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
 */
export function sqliteD1(
  pause: () => Promise<void> = async () => {},
  sqlite: DatabaseSync = migrated(),
): { db: D1Database; sqlite: DatabaseSync } {
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>()
  const compile = (sql: string) => {
    let statement = prepared.get(sql)
    if (statement === undefined) prepared.set(sql, (statement = sqlite.prepare(sql)))
    return statement
  }
  const execute = (sql: string, values: readonly SQLInputValue[]) => {
    const results = compile(sql).all(...values) as Row[]
    // Change count of the last statement. SELECTs leave it unchanged, and no caller reads it for them.
    const { changes } = compile('SELECT changes() AS changes').get() as { changes: number }
    return { results, success: true, meta: { changes } }
  }
  const statement = (sql: string, values: readonly SQLInputValue[] = []) => ({
    sql,
    values,
    bind: (...bound: SQLInputValue[]) => statement(sql, bound),
    all: async () => {
      await pause()
      return execute(sql, values)
    },
    run: async () => {
      await pause()
      return execute(sql, values)
    },
    first: async (column?: string) => {
      await pause()
      const [row] = execute(sql, values).results
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
        return results
      } catch (error) {
        sqlite.exec('ROLLBACK')
        throw error
      }
    },
  }
  return { db: db as unknown as D1Database, sqlite }
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
