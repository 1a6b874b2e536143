/**
 * Reads the items of OpenAI's data sources into a dataset version that is not stored yet.
 * @module
 */
import type { NewVersion } from '../../../../contracts/catalogue-ports.ts'
import { at } from '../../../../contracts/failure-pointer.ts'
import { Fault } from '../../../../contracts/failure.ts'
import type { EvalRecord, FileRecord } from '../../../../contracts/records.ts'
import { textOfUpload } from '../../../../files/file-encoding.ts'
import { type ItemWithSample, versionOfItems } from '../../../../imports/custom-items.ts'
import { readItemLines } from '../../../../tasks/custom/evals-jsonl.ts'
import type { CheckItem } from '../../../../tasks/custom/item-schema.ts'
import type { Services } from '../../../app-context.ts'
import type { ItemsSource } from './schema.ts'
import { readStoredCompletions } from './stored-completions.ts'

const SOURCE = '/data_source/source'

/** Largest file of items that a request reads, in bytes: its items take up to eight times that in memory. */
const FILE_LIMIT = 8_000_000
const FILE_WEIGHT = 8

/** Keeps or leaves out the samples of a source. */
export type Samples = 'kept' | 'left_out'

export interface ReadOptions {
  readonly check: CheckItem
  readonly samples: Samples
  /** Pairs that stored completions must have, by the eval. */
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * @param samples - `left_out` if a model answers: its answer takes the sample's place
 * @throws {Fault} naming the field, the line and the item's member
 */
export async function readItems(
  services: Services,
  tenant: string,
  { id }: Pick<EvalRecord, 'id'>,
  source: ItemsSource,
  { check, samples, metadata }: ReadOptions,
): Promise<NewVersion> {
  const shown = (elements: readonly ItemWithSample[]) => (samples === 'kept' ? elements : elements.map(({ item }) => ({ item })))
  // One dataset per eval; each different content is a version of it.
  const options = { tenant, name: id, check }
  if (source.type === 'stored_completions' || source.type === 'responses') {
    const { items, ids } = await readStoredCompletions(services, tenant, metadata, source)
    const placed = { ...options, pointerOf: (index: number) => `/${ids[index]!}` }
    return at(SOURCE, () => versionOfItems(shown(items), placed), { document: 'stored completion' })
  }
  if (source.type === 'file_content')
    return versionOfItems(shown(source.content), { ...options, pointerOf: (index) => `${SOURCE}/content/${index}` })
  return at(`${SOURCE}/id`, async () => {
    const file = await services.catalogue.files.find(tenant, source.id)
    requireSmall(file)
    return services.admit(FILE_WEIGHT * file.bytes, async () => {
      const text = await readText(services, tenant, file)
      return at(
        '',
        async () => {
          const { lines, indices } = readItemLines(text)
          return versionOfItems(shown(lines), { ...options, pointerOf: (index) => `/${indices[index]!}` })
        },
        { document: 'data file' },
      )
    })
  })
}

function requireSmall({ bytes }: FileRecord): void {
  if (bytes > FILE_LIMIT)
    throw new Fault({
      kind: 'too_large',
      what: 'a file of items',
      limit: FILE_LIMIT,
      actual: bytes,
      unit: 'bytes',
      remedy: 'import it by POST /v1/datasets as items-jsonl lines of the task "custom", and use the source type "dataset"',
    })
}

async function readText({ catalogue: { files } }: Services, tenant: string, { id, sha256, bytes }: FileRecord): Promise<string> {
  const stored = await files.open(tenant, sha256)
  const content = await stored.read(0, bytes)
  return textOfUpload(id, content, '')
}
