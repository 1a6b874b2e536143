/**
 * Events of a run, in the order in which they happened: written in the transaction that made each change,
 * numbered from 1 without gaps, and never changed.
 * @module
 */
import { z } from 'zod'

const counts = z.object({
  result_counts: z.object({ total: z.int(), passed: z.int(), failed: z.int(), errored: z.int() }).describe('Items so far.'),
  shards: z
    .object({ total: z.int(), recorded: z.int(), failed: z.int(), skipped: z.int() })
    .describe('Parts of the run. Passed and failed items of retrieval are counted at the end only.'),
})

/** A mean over the first items in hash order. */
export const partialValue = z
  .object({
    criterion: z.string(),
    metric: z.string(),
    variant: z.string(),
    value: z.number().nullable().describe('Of the scored items so far; null if there is none.'),
    low: z.number().describe('Of the mean over the whole dataset.'),
    high: z.number(),
    level: z.number(),
    method: z.literal('confidence-sequence').describe('Valid at every moment at once, however often one looks.'),
    target: z.literal('this_dataset'),
    n: z.int(),
    errored: z.int(),
    unscored: z.int(),
  })
  .meta({ id: 'PartialValue' })

/** Data by type of event. */
export const runEventData = {
  'run.started': counts,
  'run.progress': counts,
  'run.values': z.object({
    items: z.int().describe('The values are those of the first so many items in hash order.'),
    of: z.int().describe('Items of the dataset.'),
    values: z.array(partialValue),
  }),
  'run.log': z.object({ level: z.enum(['warning', 'error']), message: z.string() }),
  'run.ended': counts.extend({
    status: z.enum(['completed', 'failed', 'canceled']),
    report_digest: z.string().nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    gate: z.string().nullable().describe('Verdict of the gate.'),
  }),
} as const

export type RunEventType = keyof typeof runEventData
export type PartialValue = z.infer<typeof partialValue>

export interface RunEvent {
  /** From 1. */
  readonly seq: number
  readonly type: RunEventType
  /** JSON of {@link runEventData}. */
  readonly data: string
  /** Unix milliseconds. */
  readonly createdAt: number
}

export interface RunEventStore {
  /** The number of the last event; 0 without any. */
  last(tenant: string, runId: string): Promise<number>
  /** Events after this number, in order. */
  after(tenant: string, runId: string, seq: number, limit: number): Promise<RunEvent[]>
  /**
   * Adds partial values, unless the run has ended or has values of as many items.
   * @param data - JSON
   */
  addValues(tenant: string, runId: string, items: number, data: string): Promise<void>
}
