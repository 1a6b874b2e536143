/**
 * Reads a dataset version's items in pages: a whole version may not fit into memory beside other data.
 * @module
 */
import type { DatasetReader } from './dataset.ts'
import type { Item } from './item.ts'

const ITEMS_PER_PAGE = 1000

/** Pages of the items [0, count), in ordinal order. */
export async function* itemPages(reader: Pick<DatasetReader, 'items'>, count: number): AsyncGenerator<readonly Item[]> {
  for (let first = 0; first < count; first += ITEMS_PER_PAGE)
    yield await reader.items(first, Math.min(count, first + ITEMS_PER_PAGE))
}
