/**
 * Datasets and their imports in their wire shapes.
 * @module
 */
import type { DatasetVersion } from '../../../contracts/dataset.ts'
import { Fault } from '../../../contracts/failure.ts'
import type { ImportRecord } from '../../../contracts/import-ports.ts'
import { archivesOf, hasPictures } from '../../../imports/sources.ts'
import { FORMAT_FILES } from '../../../tasks/format.ts'
import type { Services } from '../../app-context.ts'
import { problemOf } from '../../failure-response.ts'
import type { Wire } from '../../operation.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import type { DatasetObject, ImportObject } from './schema.ts'

export function datasetShape(version: DatasetVersion): DatasetObject {
  const { digest, task, format, items, images, clusters, createdAt } = version
  const created_at = unixSeconds(createdAt)
  return {
    object: 'dataset',
    id: version.datasetId,
    name: version.name,
    created_at,
    version: { digest, task, format, items, images, clusters, created_at },
  }
}

export async function importShape({ datasets }: Pick<Services, 'datasets'>, record: ImportRecord): Promise<Wire<ImportObject>> {
  const { id, status, name, format, split, files, storedImages, progress, version, error, createdAt, endedAt } = record
  const { unused_images, items_without_image } = progress
  const archives = archivesOf(record)
  const dataset =
    version && (await datasets.find(record.tenant, `${version.datasetId}@${version.digest}`).then(datasetShape, nullIfAbsent))
  return {
    object: 'dataset.import',
    id,
    status,
    name,
    format,
    ...(split === null ? {} : { split }),
    files: Object.fromEntries(
      FORMAT_FILES.flatMap((field) => (files[field] === undefined ? [] : [[field, files[field].file_id]])),
    ),
    ...(archives.length === 0 ? {} : { images: archives.map(({ file_id }) => ({ file_id })) }),
    ...(storedImages.length === 0 ? {} : { stored_images: storedImages.length }),
    created_at: unixSeconds(createdAt),
    ended_at: endedAt === null ? null : unixSeconds(endedAt),
    progress,
    error: error && problemOf(error),
    dataset: dataset && (hasPictures(record) ? { ...dataset, unused_images, items_without_image } : dataset),
  }
}

/** null for a `not_found` failure; rethrows anything else. */
export function nullIfAbsent(thrown: unknown): null {
  if (thrown instanceof Fault && thrown.failure.kind === 'not_found') return null
  throw thrown
}
