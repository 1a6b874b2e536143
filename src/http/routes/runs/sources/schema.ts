/**
 * Data sources of a run: a dataset, or OpenAI's own sources for evals of the user's shape.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { promptMessages } from '../../../../contracts/prompt.ts'
import { sampling } from '../../../../contracts/sampling.ts'
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

const inputMessages = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('template'),
      template: promptMessages.describe('Messages with placeholders, `{{item.…}}`.'),
    }),
    z.strictObject({
      type: z.literal('item_reference'),
      item_reference: z
        .string()
        .max(512)
        .regex(/^item\.\S+$/, 'must name a member of the item, such as item.input_messages')
        .describe('The member of the item that holds its messages.'),
    }),
  ])
  .describe('How each item is asked.')

const notSent = z.null('is not sent to endpoints; leave it out').optional()

const samplingParams = z
  .strictObject({
    temperature: sampling.shape.temperature.nullable(),
    top_p: sampling.shape.top_p.nullable(),
    seed: sampling.shape.seed.nullable(),
    max_completion_tokens: sampling.shape.max_completion_tokens.nullable(),
    reasoning_effort: notSent,
    response_format: notSent,
    text: notSent,
    tools: notSent,
  })
  .describe('Sampling parameters; omitted ones are not sent.')

const asked = {
  source,
  input_messages: inputMessages,
  model: z
    .string()
    .min(1)
    .max(512)
    .describe('`endpoint/model`, an edge model, or a plain name for the endpoint called `default`.'),
  sampling_params: samplingParams.nullish(),
} as const

const completionsSource = z
  .strictObject({ type: z.literal('completions'), ...asked })
  .describe('Items that a model is asked about. A `sample` in the source gives way to its answer.')
const responsesSource = z
  .strictObject({ type: z.literal('responses'), ...asked })
  .describe('The same; the model is asked by chat completions.')

/** Beside OpenAI's members, in answers: the dataset version that holds the items. */
const HELD = {
  dataset: z.string().optional().describe('The dataset version that holds the items, `ds_…@{digest}`.'),
} as const

/** In answers, `content` is empty: the items are in the dataset version, and with the run's samples. */
const answeredSource = z.discriminatedUnion('type', [
  z.object({ type: z.literal('file_content'), content: z.array(jsonObject).max(0) }),
  z.object({ type: z.literal('file_id'), id: z.string() }),
])

export const dataSource = z.discriminatedUnion('type', [datasetSource, jsonlSource, completionsSource, responsesSource])

export const answeredDataSource = z.discriminatedUnion('type', [
  datasetSource,
  z.object({ type: z.literal('jsonl'), source: answeredSource, ...HELD }),
  z.object({ type: z.literal('completions'), ...asked, source: answeredSource, ...HELD }),
  z.object({ type: z.literal('responses'), ...asked, source: answeredSource, ...HELD }),
])

export type DataSource = z.infer<typeof dataSource>
export type DatasetSource = z.infer<typeof datasetSource>
export type AskedSource = z.infer<typeof completionsSource> | z.infer<typeof responsesSource>
export type ItemsSource = z.infer<typeof source>
export type AnsweredDataSource = z.infer<typeof answeredDataSource>
