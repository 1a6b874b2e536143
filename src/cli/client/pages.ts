/**
 * All objects of a list.
 * @module
 */
import type { Connection } from '../connection.ts'

interface Page<T> {
  readonly data: readonly T[]
  readonly has_more: boolean
  readonly last_id: string | null
}

/** @param query - without `limit` and `after` */
export async function* pagesOf<T>(server: Connection, path: string, query = ''): AsyncGenerator<T> {
  for (let after = ''; ;) {
    const page = await server.call<Page<T>>('GET', `${path}?limit=100${query === '' ? '' : `&${query}`}${after}`)
    yield* page.data
    if (!page.has_more || page.last_id === null) return
    after = `&after=${encodeURIComponent(page.last_id)}`
  }
}

/** The whole list. */
export async function allOf<T>(server: Connection, path: string, query = ''): Promise<T[]> {
  const all: T[] = []
  for await (const each of pagesOf<T>(server, path, query)) all.push(each)
  return all
}
