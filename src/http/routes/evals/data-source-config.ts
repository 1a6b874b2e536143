/**
 * The items of an eval: of a task, of a shape of the user's own, or stored completions, as OpenAI's
 * evals have them.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { at } from '../../../contracts/failure-pointer.ts'
import type { EvalRecord } from '../../../contracts/records.ts'
import { checkItemSchema } from '../../../tasks/custom/item-schema.ts'
import type { Wire } from '../../operation.ts'
import { metadata } from '../../../contracts/wire/common.ts'
import { TASK_IDS, taskName } from '../../task-name.ts'

const TASK = 'The task of the datasets that its runs use.'

const itemSchema = z.record(z.string(), z.unknown())

const LOGS = 'Chat completions that were made with `store: true`: `item.input` is what was asked, `sample` the answer.'

const logsMetadata = metadata.nullish().describe('Pairs that the completions of all its runs have.')

export const dataSourceConfigCreate = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('dataset'), task: z.enum(TASK_IDS).describe(TASK) }),
    z.strictObject({
      type: z.literal('custom'),
      item_schema: itemSchema.describe('JSON Schema (draft 2020-12) of the items. Every item of every run is checked.'),
      include_sample_schema: z.boolean().optional().describe('Whether items bring a `sample`, or runs produce one.'),
    }),
    z.strictObject({ type: z.literal('logs').describe(LOGS), metadata: logsMetadata }),
    z.strictObject({ type: z.literal('stored_completions').describe('The same.'), metadata: logsMetadata }),
  ])
  .describe('What the items of its runs are: of a task, or of your own shape.')

export const dataSourceConfig = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('dataset'), task: taskName.describe(TASK) }),
    z.object({
      type: z.literal('custom'),
      schema: itemSchema.describe('JSON Schema of an element of the data source: `item`, and `sample` if there is one.'),
    }),
    z.object({
      type: z.enum(['logs', 'stored_completions']),
      schema: itemSchema.describe('JSON Schema of an element: `item` and `sample`.'),
      metadata: metadata.nullable(),
    }),
  ])
  .describe('What the items of its runs are.')

export type DataSourceConfigCreate = z.output<typeof dataSourceConfigCreate>

/** @throws {Fault} `invalid` with the place in the schema */
export function dataSourceConfigOf(given: DataSourceConfigCreate): EvalRecord['dataSourceConfig'] {
  if (given.type === 'dataset') return given
  if (given.type !== 'custom') return { type: given.type, metadata: given.metadata ?? null }
  at('/data_source_config/item_schema', () => checkItemSchema(given.item_schema))
  return { type: 'custom', itemSchema: given.item_schema, includesSample: given.include_sample_schema ?? false }
}

/** The item of a stored completion. */
const COMPLETION_SCHEMA = {
  type: 'object',
  properties: { input: { type: 'array' }, metadata: { type: 'object' }, tools: { type: 'array' } },
  required: ['input'],
}

/** Members of a sample that templates may name. */
const SAMPLE_SCHEMA = {
  type: 'object',
  properties: { output_text: { type: 'string' }, output_json: {} },
}

export function dataSourceConfigShape(config: EvalRecord['dataSourceConfig']): Wire<z.output<typeof dataSourceConfig>> {
  if (config.type === 'dataset') return config
  if (config.type !== 'custom') {
    const properties = { item: COMPLETION_SCHEMA, sample: SAMPLE_SCHEMA }
    return { ...config, schema: { type: 'object', properties, required: ['item', 'sample'] } }
  }
  const { itemSchema: item, includesSample } = config
  return {
    type: 'custom',
    schema: {
      type: 'object',
      properties: { item, ...(includesSample && { sample: SAMPLE_SCHEMA }) },
      required: includesSample ? ['item', 'sample'] : ['item'],
    },
  }
}

/** The task of the items of an eval. */
export function taskOfConfig(config: EvalRecord['dataSourceConfig']): string {
  return config.type === 'dataset' ? config.task : 'custom'
}
