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

/**
 * One page of a list. Stores are asked for one record more than wanted, which tells whether there is another page.
 * @param fetch - given the number of records to ask for.
 */
export async function listPage<R, T extends object>(
  limit: number,
  fetch: (limit: number) => Promise<readonly R[]>,
  shape: (record: R) => T | Promise<T>,
  idOf: (shaped: T) => string = (shaped) => (shaped as unknown as { id: string }).id,
): Promise<ListPage<T>> {
  const records = await fetch(limit + 1)
  const data = await Promise.all(records.slice(0, limit).map(shape))
  const [first, last] = [data[0], data.at(-1)]
  return {
    object: 'list',
    data,
    first_id: first === undefined ? null : idOf(first),
    last_id: last === undefined ? null : idOf(last),
    has_more: records.length > limit,
  }
}
