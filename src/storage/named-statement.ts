/**
 * Named parameters for D1, which only binds by number.
 * @module
 */

export type SqlValue = string | number | null | Uint8Array

/**
 * A prepared statement with every `:name` of `sql` bound to the member of that name. Unused members are
 * ignored, so several statements of a batch can share one set of values.
 * @example statement(db, 'SELECT * FROM runs WHERE tenant_id = :tenant AND run_id = :run', { tenant, run })
 * @throws {Error} for a name without a value, a programming error
 */
export function statement(db: D1Database, sql: string, values: Readonly<Record<string, SqlValue>>): D1PreparedStatement {
  const numbers = new Map<string, number>()
  const numbered = sql.replace(/:([a-z][A-Za-z0-9]*)/g, (_match, name: string) => {
    if (!Object.hasOwn(values, name)) throw new Error(`SQL names :${name}, which has no value`)
    if (!numbers.has(name)) numbers.set(name, numbers.size + 1)
    return `?${numbers.get(name)}`
  })
  return db.prepare(numbered).bind(...[...numbers.keys()].map((name) => values[name]))
}
