/**
 * Stores the outputs of an uploaded file in the item order of a dataset version, so that each shard reads its
 * own range.
 * @module
 */
import type { CatalogueStore, DatasetStore, RecordedAnswer, UploadStore } from '../../contracts/catalogue-ports.ts'
import type { DatasetVersion } from '../../contracts/dataset.ts'
import { sha256Hex } from '../../contracts/digest.ts'
import { Fault } from '../../contracts/failure.ts'
import { at } from '../../contracts/failure-pointer.ts'
import { itemPages } from '../../contracts/item-pages.ts'
import type { FileRecord } from '../../contracts/records.ts'
import { release } from '../../contracts/release.ts'
import { textOfUpload } from '../../files/file-encoding.ts'
import { REFERENCE_POINTER } from '../model-kind.ts'

/**
 * Largest uploaded file, in bytes. Like the official loaders, this one matches results with the dataset all
 * at once: 16 MB (350,000 answers) take 80 MB of heap.
 */
const RESULTS_LIMIT = 16_000_000

const FILE = `${REFERENCE_POINTER}/file_id`
const DATASET = '/data_source/dataset'

export interface OutputStores {
  readonly files: CatalogueStore['files']
  readonly datasets: Pick<DatasetStore, 'open' | 'whileStoring'>
  readonly uploads: Pick<UploadStore, 'putAnswers' | 'readAnswers'>
}

/** The texts of a file by item id. @throws {Fault} `unprocessable` with places within the file */
export type ReadOutputs = (
  text: string,
  ids: readonly string[],
  source: DatasetVersion['source'],
  candidates?: DatasetVersion['candidates'],
) => ReadonlyMap<string, string>

export interface OutputFile {
  readonly file: FileRecord
  /** Name of the file in failures. */
  readonly document: string
  /** Name of its stored outputs. */
  readonly storedAs: string
  readonly read: ReadOutputs
}

/** @throws {Fault} `not_found` or `too_large`, naming the field of the request */
export async function findOutputFile({ files }: Pick<OutputStores, 'files'>, tenant: string, id: string): Promise<FileRecord> {
  const file = await at(FILE, () => files.find(tenant, id))
  if (file.bytes > RESULTS_LIMIT)
    throw new Fault({
      kind: 'too_large',
      what: 'a results file',
      limit: RESULTS_LIMIT,
      actual: file.bytes,
      unit: 'bytes',
      pointer: FILE,
      remedy: 'import the dataset as several, and upload the results of each by itself',
    })
  return file
}

/**
 * Checks a file as the official loader does, and stores its outputs. Repeatable.
 * @throws {Fault} `unprocessable` or `not_found`, naming the field of the request
 */
export async function storeOutputs(
  stores: OutputStores,
  tenant: string,
  version: DatasetVersion,
  { file, document, storedAs, read }: OutputFile,
): Promise<void> {
  const bytes = await readFile(stores, tenant, file)
  const text = textOfUpload(file.id, bytes, FILE)
  release(bytes)
  const ids = await itemIds(stores, tenant, version)
  const outputs = at(FILE, () => read(text, ids, version.source, version.candidates), { document })
  const ordered = ids.map((id): RecordedAnswer => ({ id, answer: outputs.get(id) ?? null }))
  await stores.datasets.whileStoring(tenant, 'dataset', version.digest, () =>
    stores.uploads.putAnswers(tenant, storedAs, version.digest, ordered),
  )
}

async function readFile({ files }: OutputStores, tenant: string, { id, sha256 }: FileRecord): Promise<Uint8Array> {
  const file = await at(FILE, () => files.open(tenant, sha256))
  const bytes = await file.read(0, file.bytes).catch(async (error: unknown) => {
    // Content is deleted after its row. Without the row this is a deleted file, not a damaged one.
    await at(FILE, () => files.find(tenant, id))
    throw error
  })
  if ((await sha256Hex(bytes)) === sha256) return bytes
  const detail = `the content of file ${id} is damaged: its SHA-256 is not ${sha256}`
  throw new Fault({ kind: 'damaged', object: id, detail })
}

async function itemIds({ datasets }: OutputStores, tenant: string, version: DatasetVersion): Promise<string[]> {
  const reader = await at(DATASET, () => datasets.open(tenant, version.datasetId, version.digest))
  const ids: string[] = []
  const atDataset = { items: (first: number, end: number) => at(DATASET, () => reader.items(first, end)) }
  for await (const page of itemPages(atDataset, version.items)) for (const { id } of page) ids.push(id)
  return ids
}
