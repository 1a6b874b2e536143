/**
 * OpenAI's list envelope.
 * @module
 */

export interface ListPage<T> {
  readonly object: 'list'
  readonly data: readonly T[]
  readonly first_id: string | null
  readonly last_id: string | null
  readonly has_more: boolean
}

/** A list whose cursor is the `id` of its objects; see {@link pageBy}. */
export function listPage<Row, T extends { readonly id: string }>(
  limit: number,
  fetch: (limit: number) => Promise<readonly Row[]>,
  shape: (record: Row) => T | Promise<T>,
): Promise<ListPage<T>> {
  return pageBy(({ id }: T) => id, limit, fetch, shape)
}

/**
 * One page of a list. Asks the store for one record more than the page has, to learn whether another page
 * follows.
 * @param cursor - the cursor of an object
 * @param limit - objects per page
 * @param fetch - returns up to this number of records, from the page's start
 * @param shape - converts a record to its wire object
 */
export async function pageBy<Row, T>(
  cursor: (object: T) => string,
  limit: number,
  fetch: (limit: number) => Promise<readonly Row[]>,
  shape: (record: Row) => T | Promise<T>,
): Promise<ListPage<T>> {
  const records = await fetch(limit + 1)
  const data = await Promise.all(records.slice(0, limit).map(async (record) => shape(record)))
  const [first, last] = [data[0], data.at(-1)]
  return {
    object: 'list',
    data,
    first_id: first === undefined ? null : cursor(first),
    last_id: last === undefined ? null : cursor(last),
    has_more: records.length > limit,
  }
}
