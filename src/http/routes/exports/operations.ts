/**
 * Exports of a run: requests and answers.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { operation } from '../../operation.ts'
import { runParams } from '../runs/operations.ts'

const EXPORTS = '/v1/evals/{eval_id}/runs/{run_id}/exports'
const of = {
  method: 'get',
  params: runParams,
  tag: 'runs',
  access: 'key',
} as const

export const exportItemsAsLines = operation({
  ...of,
  path: `${EXPORTS}/items.jsonl`,
  operationId: 'exportItemsAsLines',
  summary: 'Export samples as JSON Lines',
  description: 'Every sample recorded so far, an output item per line, in the hash order of the dataset.',
  answers: { 200: { mediaType: 'application/jsonl', description: 'The samples.' } },
  refuses: [404, 413],
})

export const exportItemsAsCsv = operation({
  ...of,
  path: `${EXPORTS}/items.csv`,
  operationId: 'exportItemsAsCsv',
  summary: 'Export samples as CSV',
  description: 'Every sample recorded so far, a row each: ids, status, output, error, and the result of each criterion.',
  answers: { 200: { mediaType: 'text/csv', description: 'The samples (RFC 4180).' } },
  refuses: [404, 413],
})

export const exportResults = operation({
  ...of,
  path: `${EXPORTS}/results`,
  operationId: 'exportResults',
  summary: 'Export an official results file',
  description:
    "The model's answers in the official layout of the dataset's format, as JSON, JSON Lines or CSV: what the official " +
    'evaluation and a run of type `results` take. 409 for a run that has not ended, has outputs other than texts, or has ' +
    'items without an answer, unless `unanswered=leave_out`.',
  query: z.object({
    unanswered: z
      .enum(['refuse', 'leave_out'])
      .default('refuse')
      .describe('What to do if items have no answer, which an official file cannot say.'),
  }),
  answers: { 200: { mediaType: 'application/octet-stream', description: 'The file; its `Content-Type` says which layout.' } },
  refuses: [404, 409, 413],
})

const hubEntries = z
  .array(
    z.object({
      dataset: z.object({ id: z.string(), task_id: z.string(), revision: z.string().optional() }),
      value: z.number(),
      date: z.string(),
      source: z.object({ url: z.string(), name: z.string() }).optional(),
      notes: z.string(),
    }),
  )
  .length(1)

const hubName = z.string().min(1).max(128)

export const exportToHub = operation({
  ...of,
  path: `${EXPORTS}/eval_results.yaml`,
  operationId: 'exportToHub',
  summary: 'Export a metric for the Hugging Face Hub',
  description: 'An entry for a file in `.eval_results/` of a model repository on the Hugging Face Hub.',
  query: z.object({
    dataset: z
      .string()
      .max(128)
      .regex(/^[\w.-]+\/[\w.-]+$/, 'must be an id of a dataset on the Hub, owner/name')
      .describe('Id of the benchmark on the Hub.'),
    task_id: hubName.describe("Id of the task in the benchmark's eval.yaml."),
    revision: z
      .string()
      .regex(/^[0-9a-f]{7,64}$/, 'must be a commit of the dataset repository')
      .optional()
      .describe('Commit of the dataset repository.'),
    criterion: hubName.optional().describe('Name of a criterion; default: the first.'),
    metric: hubName.optional().describe("Name of a metric; default: the criterion's primary metric."),
  }),
  answers: {
    200: {
      mediaType: 'application/yaml',
      description: 'The entry.',
      parsed: {
        schema: hubEntries,
        example: [
          {
            dataset: { id: 'owner/benchmark', task_id: 'default' },
            value: 68.5,
            date: '2026-11-30T12:00:00.000Z',
            notes: 'accuracy (exact_match, percent) of answers, n 200',
          },
        ],
      },
    },
  },
  refuses: [404, 409],
})
