/**
 * Import within a request: official files and pictures in, an immutable version out. The files are one slice
 * of the same pipeline that `import-job.ts` runs for files larger than a request: read, join by id, order by
 * hash, store.
 * @module
 */
import type { DatasetStore, NewVersion, UploadStore } from '../contracts/catalogue-ports.ts'
import type { DatasetVersion } from '../contracts/dataset.ts'
import { invalidField, unprocessableField } from '../contracts/failure.ts'
import type { Candidate, Item } from '../contracts/item.ts'
import { release } from '../contracts/release.ts'
import { filesOf, type Format, FORMAT_FILES, type FormatFile } from '../tasks/format.ts'
import { readWhole, throwProblems, type WholeRead, joinProblems } from '../tasks/format-reader.ts'
import type { TaskRegistry } from '../tasks/task-registry.ts'
import { checkSplit } from './check-split.ts'
import { compareText, DatasetDigest, itemLine } from './dataset-digest.ts'
import { orderKey } from './hash-order.ts'
import { inFile } from './in-file.ts'
import { encodeLabels } from './label-vocabulary.ts'
import { readImages, type ResolvedItem, resolveImages, type UploadedImage } from './pictures.ts'

export interface ImportRequest {
  readonly tenant: string
  readonly name: string
  /** A name in the registry. */
  readonly format: string
  readonly split?: string | undefined
  /** Bytes of the official files by form field. */
  readonly files: Readonly<Partial<Record<FormatFile, Uint8Array>>>
  readonly images: readonly UploadedImage[]
}

export interface PreparedImport {
  readonly version: NewVersion
  /** Uploaded pictures without an item. */
  readonly unusedImages: number
  /** Items whose picture was not uploaded. Their task does not need it, so they are imported. */
  readonly itemsWithoutImage: number
  /** The uploads that items use, by digest. */
  readonly images: ReadonlyMap<string, UploadedImage>
}

/**
 * Reads, checks and orders a dataset. Writes nothing.
 * @throws {Fault} naming the wrong file, record and field, or the wrong picture
 * @internal
 */
export async function prepareImport(request: ImportRequest, tasks: TaskRegistry): Promise<PreparedImport> {
  const format = tasks.format(request.format)
  const { items, source, candidates } = readFiles(request, format)
  const uploaded = await readImages(request.images)
  if (items.length === 0)
    throw unprocessableField('', `the files hold no item; are they of format ${request.format}, and is the split right?`)
  const task = tasks.taskOfSource(format, source)
  const { resolved, used, unused, withoutImage } = resolveImages(items, task, uploaded, request.format)
  const digest = await digestOf(
    request.format,
    resolved.map(({ item }) => item),
    candidates,
  )
  const ordered = await inHashOrder(resolved, digest)
  const clusters = [...new Set(ordered.map(({ item }) => item.cluster))].toSorted()
  const rankOf = new Map(clusters.map((cluster, rank) => [cluster, rank]))
  const strata = tasks.strataOfSource(format, source).map((stratum, index) =>
    encodeLabels(
      stratum,
      ordered.map(({ labels }) => labels[index]!),
    ),
  )
  return {
    version: {
      tenant: request.tenant,
      name: request.name,
      digest,
      task: task.id,
      format: request.format,
      items: ordered.length,
      images: used.size,
      clusters: clusters.length,
      strata: strata.map(({ vocabulary }) => vocabulary),
      source,
      ...(candidates === undefined ? {} : { candidates }),
      orderedItems: ordered.map(({ item }) => item),
      columns: {
        cluster: Uint32Array.from(ordered, ({ item }) => rankOf.get(item.cluster)!),
        strata: strata.map(({ codes }) => codes),
      },
      imageDigests: [...used.keys()].toSorted(),
    },
    images: used,
    unusedImages: unused,
    itemsWithoutImage: withoutImage,
  }
}

/** Imports a dataset: checks everything first, then stores pictures, items and, last, the version. */
export async function importDataset(
  request: ImportRequest,
  { tasks, datasets, uploads }: { readonly tasks: TaskRegistry; readonly datasets: DatasetStore; readonly uploads: UploadStore },
): Promise<{ version: DatasetVersion; created: boolean; unusedImages: number; itemsWithoutImage: number }> {
  const { version, images, unusedImages, itemsWithoutImage } = await prepareImport(request, tasks)
  const stored = await datasets.put(version, async () => {
    for (const [sha256, upload] of images) {
      const bytes = await upload.read()
      await uploads.putImage(request.tenant, sha256, bytes)
      release(bytes)
    }
  })
  return { ...stored, unusedImages, itemsWithoutImage }
}

/** A field that is not read is refused, not ignored. */
function readFiles({ format: name, files, split }: ImportRequest, format: Format): WholeRead {
  const wanted = filesOf(format)
  for (const field of wanted)
    if (files[field] === undefined && !format.optional?.includes(field))
      throw invalidField(field, `is missing: format ${name} needs it`)
  for (const field of FORMAT_FILES)
    if (files[field] !== undefined && !wanted.includes(field))
      throw invalidField(field, `is not read for format ${name}; leave it out`)
  checkSplit(name, format.split, split, 'split')
  const read = readWhole(
    format,
    files,
    { split, withPictures: true },
    { inFile, refuseSplit: (detail) => invalidField('split', detail) },
  )
  refuseIncomplete(read, format)
  return read
}

function refuseIncomplete({ items }: WholeRead, format: Format): void {
  const problems = joinProblems(format)
  for (const { incomplete } of items) if (incomplete) problems.annotations.note(incomplete.pointer, incomplete.detail)
  throwProblems(problems, 'any', inFile)
}

async function digestOf(format: string, items: readonly Item[], candidates: readonly Candidate[] | undefined): Promise<string> {
  const digest = new DatasetDigest()
  for (const item of items.toSorted((a, b) => compareText(a.id, b.id))) await digest.add(itemLine(item))
  return digest.finish(format, candidates)
}

async function inHashOrder(resolved: readonly ResolvedItem[], digest: string): Promise<ResolvedItem[]> {
  const keyed = await Promise.all(resolved.map(async (entry) => ({ entry, key: await orderKey(digest, entry.item.id) })))
  return keyed.toSorted((a, b) => compareText(a.key, b.key)).map(({ entry }) => entry)
}
