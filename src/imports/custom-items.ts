/**
 * A dataset version from items of the user's own shape, given in a request or in a file of OpenAI's evals. It
 * is like a version imported from lines of Assay's own format.
 * @module
 */
import { canonicalJson } from '../contracts/canonical-json.ts'
import type { NewVersion } from '../contracts/catalogue-ports.ts'
import { sha256Hex } from '../contracts/digest.ts'
import { unprocessableField } from '../contracts/failure.ts'
import type { CustomItem } from '../tasks/custom/item.ts'
import { itemProblem } from '../tasks/custom/limits.ts'
import type { CheckItem } from '../tasks/custom/item-schema.ts'
import { compareText, DatasetDigest, itemLine } from './dataset-digest.ts'
import { orderKey } from './hash-order.ts'

/** An element of OpenAI's `content`, or a line of its files. */
export interface ItemWithSample {
  readonly item: Readonly<Record<string, unknown>>
  readonly sample?: Readonly<Record<string, unknown>> | undefined
}

/** Hex digits of an item's id, of the SHA-256 of its canonical JSON. */
const ID_DIGITS = 32

/**
 * Checks and orders items. An item's id is the digest of its content, so that runs over the same items pair
 * them even if their samples or their order differ; a repeated item gets `-2`, `-3` and so on.
 * @param check - of the eval's schema
 * @param pointerOf - place of an element in the request or file
 * @throws {Fault} `unprocessable` for an item that does not fit the schema or the limits
 */
export async function versionOfItems(
  elements: readonly ItemWithSample[],
  { tenant, name, check, pointerOf }: VersionOptions,
): Promise<NewVersion> {
  const items: CustomItem[] = []
  const counts = new Map<string, number>()
  for (const [position, { item, sample }] of elements.entries()) {
    checkElement({ item, sample }, check, pointerOf(position))
    const digest = (await sha256Hex(canonicalJson(item))).slice(0, ID_DIGITS)
    const count = (counts.get(digest) ?? 0) + 1
    counts.set(digest, count)
    const id = count === 1 ? digest : `${digest}-${count}`
    items.push({
      task: 'custom',
      id,
      cluster: id,
      image: null,
      item: { ...item },
      ...(sample && { sample: { ...sample } }),
      position,
    })
  }
  const digest = await digestOf(items)
  const ordered = await inHashOrder(items, digest)
  const clusters = ordered.map(({ cluster }) => cluster).toSorted(compareText)
  const rankOf = new Map(clusters.map((cluster, rank) => [cluster, rank]))
  return {
    tenant,
    name,
    digest,
    task: 'custom',
    format: FORMAT,
    items: ordered.length,
    images: 0,
    clusters: clusters.length,
    strata: [],
    source: { task: 'custom' },
    orderedItems: ordered,
    columns: { cluster: Uint32Array.from(ordered, ({ cluster }) => rankOf.get(cluster)!), strata: [] },
    imageDigests: [],
  }
}

/** Assay's own format: such items could have been imported as lines of it. */
const FORMAT = 'items-jsonl'

export interface VersionOptions {
  readonly tenant: string
  /** Name of the dataset. */
  readonly name: string
  readonly check: CheckItem
  readonly pointerOf: (position: number) => string
}

function checkElement({ item, sample }: ItemWithSample, check: CheckItem, pointer: string): void {
  const size = itemProblem(item) ?? itemProblem({ item, ...(sample && { sample }) })
  if (size !== undefined) throw unprocessableField(`${pointer}/item`, size)
  const fault = check(item)
  if (fault !== undefined) throw unprocessableField(`${pointer}/item${fault.pointer}`, fault.detail)
}

async function digestOf(items: readonly CustomItem[]): Promise<string> {
  const digest = new DatasetDigest()
  for (const item of items.toSorted((a, b) => compareText(a.id, b.id))) await digest.add(itemLine(item))
  return digest.finish(FORMAT)
}

async function inHashOrder(items: readonly CustomItem[], digest: string): Promise<CustomItem[]> {
  const keyed = await Promise.all(items.map(async (item) => ({ item, key: await orderKey(digest, item.id) })))
  return keyed.toSorted((a, b) => compareText(a.key, b.key)).map(({ item }) => item)
}
