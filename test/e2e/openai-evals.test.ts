/**
 * Evals of the user's own items through the unmodified `openai` SDK: inline, from a file and from a dataset.
 */
import OpenAI, { toFile } from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Assay, startAssay } from './harness.ts'

let assay: Assay
let client: OpenAI

beforeAll(async () => {
  assay = await startAssay({ allowLoopback: true })
  client = new OpenAI({ apiKey: assay.key.key, baseURL: `${assay.url}/v1`, maxRetries: 0 })
})

afterAll(() => assay?.stop())

const CAPITALS = [
  { item: { country: 'France', capital: 'Paris' }, sample: { output_text: 'Paris' } },
  { item: { country: 'Italy', capital: 'Rome' }, sample: { output_text: 'Milan' } },
  { item: { country: 'Spain', capital: 'Madrid' }, sample: { output_text: 'Madrid' } },
  { item: { country: 'Norway', capital: 'Oslo' }, sample: {} },
]

const ITEM_SCHEMA = {
  type: 'object',
  properties: { country: { type: 'string' }, capital: { type: 'string' } },
  required: ['country', 'capital'],
}

const capitalsEval = () =>
  client.evals.create({
    name: 'capitals',
    data_source_config: { type: 'custom', item_schema: ITEM_SCHEMA, include_sample_schema: true },
    testing_criteria: [
      {
        type: 'string_check',
        name: 'exact',
        input: '{{sample.output_text}}',
        reference: '{{item.capital}}',
        operation: 'eq',
      },
    ],
  })

async function ended(evalId: string, runId: string) {
  for (;;) {
    const run = await client.evals.runs.retrieve(runId, { eval_id: evalId })
    if (run.status !== 'in_progress') return run
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('custom data', () => {
  test('an inline run gives the grades that the definition says', async () => {
    const evaluation = await capitalsEval()
    expect(evaluation.data_source_config).toMatchObject({
      type: 'custom',
      schema: { properties: { item: ITEM_SCHEMA }, required: ['item', 'sample'] },
    })
    const started = await client.evals.runs.create(evaluation.id, {
      name: 'inline',
      data_source: { type: 'jsonl', source: { type: 'file_content', content: CAPITALS } },
      max_errored: 0.5,
    } as never)
    const run = await ended(evaluation.id, started.id)
    expect(run).toMatchObject({
      status: 'completed',
      result_counts: { total: 4, passed: 2, failed: 1, errored: 1 },
      data_source: { type: 'jsonl', source: { type: 'file_content', content: [] } },
    })
    const { data } = await client.evals.runs.outputItems.list(run.id, { eval_id: evaluation.id })
    const byId = data.toSorted((a, b) => a.datasource_item_id - b.datasource_item_id)
    expect(byId.map(({ datasource_item: item }) => item)).toEqual(CAPITALS.map(({ item }) => item))
    expect(byId.map(({ status }) => status)).toEqual(['pass', 'fail', 'pass', 'error'])
    const reversed = await client.evals.runs.outputItems.list(run.id, { eval_id: evaluation.id, order: 'desc', limit: 3 })
    expect(reversed.data.map(({ id }) => id)).toEqual(
      data
        .map(({ id }) => id)
        .toReversed()
        .slice(0, 3),
    )
    expect((await reversed.getNextPage()).data.map(({ id }) => id)).toEqual([data[0]!.id])
  })

  test('a file and a dataset of the same items give the same grades', async () => {
    const evaluation = await capitalsEval()
    const lines = CAPITALS.map((line) => JSON.stringify(line)).join('\n')
    const file = await client.files.create({ file: await toFile(Buffer.from(lines), 'data.jsonl'), purpose: 'evals' })
    const started = await client.evals.runs.create(evaluation.id, {
      data_source: { type: 'jsonl', source: { type: 'file_id', id: file.id } },
      max_errored: 0.5,
    } as never)
    const run = await ended(evaluation.id, started.id)
    expect(run.result_counts).toEqual({ total: 4, passed: 2, failed: 1, errored: 1 })
    const { dataset } = run.data_source as unknown as { dataset: string }
    const again = await client.evals.runs.create(evaluation.id, {
      data_source: { type: 'dataset', dataset, subject: { type: 'samples' } },
      max_errored: 0.5,
    } as never)
    expect((await ended(evaluation.id, again.id)).result_counts).toEqual(run.result_counts)
  })

  test('an item that does not fit the schema is refused with its place', async () => {
    const evaluation = await capitalsEval()
    const run = client.evals.runs.create(evaluation.id, {
      data_source: {
        type: 'jsonl',
        source: { type: 'file_content', content: [CAPITALS[0]!, { item: { country: 'Chad', capital: 5 } }] },
      },
    })
    await expect(run).rejects.toMatchObject({ status: 422, param: '/data_source/source/content/1/item/capital' })
  })
})
