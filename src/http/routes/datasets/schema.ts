/**
 * Wire shapes of datasets and of their imports.
 * @module
 */
import { z } from '@hono/zod-openapi'
import {
  createdAt,
  deletedOf,
  formFile,
  formFiles,
  listOf,
  orNull,
  pageQueryOf,
  problem,
  sortableId,
} from '../../../contracts/wire/common.ts'
import { taskRegistry } from '../../../tasks/registry.ts'
import { taskName } from '../../task-name.ts'
import { DATASET_NAME_PATTERN } from './dataset-name.ts'

export const datasetObject = z
  .object({
    object: z.literal('dataset'),
    id: z.string(),
    name: z.string(),
    created_at: createdAt,
    version: z
      .object({
        digest: z.string().describe('SHA-256 over the items and their pictures, in hex. `{id}@{digest}` names this version.'),
        task: taskName,
        format: z.string().describe('The official format that it was imported from.'),
        items: z.int(),
        images: z.int().describe('Different pictures.'),
        clusters: z.int().describe('Groups of items that are not independent, such as the questions about one picture.'),
        created_at: createdAt,
      })
      .describe('An immutable version.'),
    unused_images: z
      .int()
      .optional()
      .describe('Uploaded pictures that no item names; they are not stored. Only in the answer to an import with pictures.'),
    items_without_image: z
      .int()
      .optional()
      .describe('Items whose picture was not uploaded; they are imported without it. Only in the answer to an import.'),
  })
  .openapi('Dataset')

const name = 'letters, digits, space, ".", "_" and "-", at most 128 characters'
const split = 'The split to import; `karpathy` needs one, `coin` may have one.'

const FORMATS = [...taskRegistry.formats.keys()]

/** Rules of the document; `checkDatasetName` and the import check them, with sentences of their own. */
const documentedName = z.string().openapi({ pattern: DATASET_NAME_PATTERN })
const documentedFormat = z.string().openapi({ enum: FORMATS })

export const datasetForm = z.object({
  name: documentedName.describe(`The dataset’s name: ${name}. The same name with other content makes a new version.`),
  format: documentedFormat.describe(`The official format: ${FORMATS.join(', ')}.`),
  split: z.string().optional().describe(split),
  annotations: formFile('The official file of annotations.').optional(),
  questions: formFile('The official file of questions, for formats that have one.').optional(),
  names: formFile('The labels of a classification, as JSON: a list of texts, or an object from labels to texts.').optional(),
  images: formFiles('The pictures; their file names, or paths such as `cats/1.jpg`, are those that the official files use.'),
})

/** Entries of `images`. The body has at most 1 MiB. */
const MOST_NAMED_IMAGES = 5000
export const MOST_ARCHIVES = 100

const importedImages = z.union([
  z.strictObject({ file_id: z.string().describe('Id of an uploaded tar or zip archive of pictures.') }),
  z.strictObject({
    name: z
      .string()
      .min(1)
      .max(255)
      .describe('File name of the picture in the official files, or its path, such as `cats/1.jpg`.'),
    image_id: z
      .string()
      .regex(/^img_[0-9a-f]{64}$/, 'must be the id of a stored picture, img_ and 64 hex digits')
      .describe('Id of a picture stored by `POST /v1/images`.'),
  }),
])

export const importCreate = z
  .strictObject({
    name: documentedName.describe(`The dataset’s name: ${name}.`),
    format: documentedFormat.describe('The official format.'),
    split: z.string().optional().describe(split),
    files: z
      .strictObject({ annotations: z.string(), questions: z.string().optional(), names: z.string().optional() })
      .describe('Ids of uploaded files.'),
    images: z
      .array(importedImages)
      .min(1)
      .max(MOST_NAMED_IMAGES)
      .optional()
      .describe(`Pictures: archives in uploaded files, and stored pictures by name; at most ${MOST_ARCHIVES} archives.`),
  })
  .openapi('DatasetImportCreate')

export const importObject = z
  .object({
    object: z.literal('dataset.import'),
    id: z.string(),
    status: z.enum(['in_progress', 'completed', 'failed']),
    name: z.string(),
    format: z.string(),
    split: z.string().optional(),
    files: z.record(z.string(), z.string()).describe('Ids of the files, by field.'),
    images: z
      .array(z.object({ file_id: z.string() }))
      .optional()
      .describe('The archives of pictures, in order.'),
    stored_images: z.int().optional().describe('Number of stored pictures that the request named.'),
    created_at: createdAt,
    ended_at: z.int().nullable().describe('In Unix seconds; null while it is in progress.'),
    progress: z.object({
      phase: z.enum(['read', 'pictures', 'join', 'order', 'write', 'finish']),
      bytes_read: z.int(),
      bytes_total: z.int(),
      items: z.int().describe('Items read so far.'),
      pictures: z.int().describe('Pictures checked and stored so far.'),
      ignored_entries: z.int().describe('Archive entries whose names are not those of pictures.'),
      items_without_image: z.int().describe('Items so far whose picture did not come.'),
      unused_images: z.int().describe('Pictures that no item names; 0 until all items are joined.'),
    }),
    error: problem.omit({ request_id: true }).nullable().describe('Why it failed.'),
    dataset: orNull(datasetObject).describe('The imported version; null until it is completed, and once it is deleted.'),
  })
  .openapi('DatasetImport')

export const datasetList = listOf(datasetObject)
export const datasetQuery = pageQueryOf(sortableId('ds_'))
export const datasetDeleted = deletedOf('dataset.deleted').openapi('DatasetDeleted')

export type DatasetObject = z.infer<typeof datasetObject>
export type ImportCreate = z.infer<typeof importCreate>
export type ImportObject = z.infer<typeof importObject>
