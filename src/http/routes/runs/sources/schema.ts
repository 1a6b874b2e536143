/**
 * Data sources of a run: a dataset, or OpenAI's own sources for evals of the user's shape.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { promptMessages } from '../../../../contracts/prompt.ts'
import { id, metadata } from '../../../../contracts/wire/common.ts'
import { skillField } from '../../../../models/edge/fusion/conversation.ts'
import { modelReference } from '../../../../models/registry.ts'
import { samplingParams } from './sampling-params.ts'

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

const unixSeconds = z.int().nonnegative().nullish()

/** Filters of both kinds of stored source. */
const storedFilters = {
  created_after: unixSeconds.describe('Unix seconds, inclusive.'),
  created_before: unixSeconds.describe('Unix seconds, inclusive.'),
  limit: z.int().min(1).max(1000).nullish().describe('The latest so many. Without it at most 1000 may meet the conditions.'),
  metadata: metadata.nullish().describe('Pairs that a completion has, beside those of the eval.'),
  model: z.string().max(256).nullish().describe('The model as it was named.'),
} as const

const words = z.array(z.string().max(256)).min(1).max(64).nullish()

const storedCompletions = z
  .strictObject({ type: z.literal('stored_completions'), ...storedFilters })
  .describe('Chat completions that were made with `store: true`.')

const storedResponses = z
  .strictObject({
    type: z.literal('responses'),
    ...storedFilters,
    instructions_search: z
      .string()
      .min(1)
      .max(1024)
      .nullish()
      .describe('A part of a message of the role `system` or `developer`.'),
    reasoning_effort: z.string().max(32).nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().gt(0).max(1).nullish(),
    tools: words.describe('Names of functions.'),
    users: words.describe('Values of `user`.'),
  })
  .describe('The same completions, by more conditions.')

/** Where the items are. */
const source = z.discriminatedUnion('type', [fileContent, fileId, storedCompletions, storedResponses])

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

const asked = {
  source,
  input_messages: inputMessages
    .nullish()
    .describe('How each item is asked. Of stored completions: as it was asked, `item.input`.'),
  model: z
    .string()
    .min(1)
    .max(512)
    .nullish()
    .describe(
      '`endpoint/model`, an edge model, or a plain name for the endpoint called `default`. Without one, the samples of the items are judged.',
    ),
  sampling_params: samplingParams.nullish(),
  skill: skillField,
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
  storedCompletions,
  storedResponses,
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
export type StoredSource = z.infer<typeof storedCompletions> | z.infer<typeof storedResponses>
export type AnsweredDataSource = z.infer<typeof answeredDataSource>
