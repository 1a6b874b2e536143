/**
 * Data sources of a run: a dataset, or OpenAI's own sources for evals of the user's shape.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { id } from '../../../../contracts/wire/common.ts'
import { modelReference } from '../../../../models/registry.ts'

const limit = z
  .int()
  .positive()
  .optional()
  .describe("The first n items of the dataset's hash order: a pseudo-random sample. All unless given.")

export const datasetSource = z.strictObject({
  type: z.literal('dataset'),
  dataset: id.describe('`ds_…` for its latest version now, or `ds_…@{digest}`.'),
  limit,
  subject: modelReference.describe('The model that is evaluated.'),
})

const jsonObject = z.record(z.string(), z.unknown())

const fileContent = z.strictObject({
  type: z.literal('file_content'),
  content: z
    .array(z.strictObject({ item: jsonObject, sample: jsonObject.optional() }))
    .min(1)
    .describe('The items, and a sample of each if a model has answered already.'),
})

const fileId = z.strictObject({
  type: z.literal('file_id'),
  id: id.describe('An uploaded file of JSON Lines, `{"item": {…}, "sample": {…}}` each.'),
})

/** Where the items are. */
const source = z.discriminatedUnion('type', [fileContent, fileId], {
  error: ({ input }) => REFUSED[String((input as { readonly type?: unknown } | null | undefined)?.type)],
})

const STORED = 'no completions are stored here that could be read back; send the items as file_content or file_id'
const REFUSED: Readonly<Record<string, string>> = {
  stored_completions: `cannot be stored_completions: ${STORED}`,
  responses: `cannot be responses: ${STORED}`,
}

const jsonlSource = z
  .strictObject({ type: z.literal('jsonl'), source })
  .describe('Items with the samples to judge: no model is asked.')

/** Beside OpenAI's members, in answers: the dataset version that holds the items. */
const HELD = {
  dataset: z.string().optional().describe('The dataset version that holds the items, `ds_…@{digest}`.'),
} as const

/** In answers, `content` is empty: the items are in the dataset version, and with the run's samples. */
const answeredSource = z.discriminatedUnion('type', [
  z.object({ type: z.literal('file_content'), content: z.array(jsonObject).max(0) }),
  z.object({ type: z.literal('file_id'), id: z.string() }),
])

export const dataSource = z.discriminatedUnion('type', [datasetSource, jsonlSource])

export const answeredDataSource = z.discriminatedUnion('type', [
  datasetSource,
  z.object({ type: z.literal('jsonl'), source: answeredSource, ...HELD }),
])

export type DataSource = z.infer<typeof dataSource>
export type DatasetSource = z.infer<typeof datasetSource>
export type ItemsSource = z.infer<typeof source>
export type AnsweredDataSource = z.infer<typeof answeredDataSource>
