/**
 * Evals of the user's own items through the unmodified `openai` SDK: inline, from a file and from a dataset.
 */
import OpenAI, { toFile } from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiClient } from '../../scripts/api-client.ts'
import { type ChatServer, startChatServer } from '../support/chat-server.ts'
import { type Assay, startAssay } from './harness.ts'

let assay: Assay
let client: OpenAI
let server: ChatServer

beforeAll(async () => {
  server = await startChatServer(answer)
  assay = await startAssay({ allowLoopback: true })
  client = new OpenAI({ apiKey: assay.key.key, baseURL: `${assay.url}/v1`, maxRetries: 0 })
  const api = apiClient(assay.url, assay.key.key)
  for (const name of ['default', 'judge']) await api.post('/v1/endpoints', { name, base_url: `${server.url}/v1` })
})

afterAll(async () => {
  await assay?.stop()
  await server?.close()
})

/** A model that knows two capitals, and a judge of one word. */
function answer(text: string): string {
  if (text.includes('one of these labels')) return text.includes('says Paris') ? 'Right.' : 'wrong'
  if (text.includes('one number from')) return text.includes('says Paris') ? '5' : '{"score": 1.5}'
  return /France/.test(text) ? 'Paris' : /Spain/.test(text) ? 'Madrid' : 'I do not know'
}

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

describe('models that answer, and models that judge', () => {
  const ITEMS = CAPITALS.map(({ item }) => ({
    item: { ...item, messages: [{ role: 'user', content: `${item.country} {{x}}?` }] },
  }))
  const source = { type: 'file_content', content: ITEMS } as const
  const judged = (model: string) =>
    client.evals.create({
      data_source_config: { type: 'custom', item_schema: ITEM_SCHEMA },
      testing_criteria: [
        { type: 'string_check', name: 'exact', input: '{{sample.output_text}}', reference: '{{item.capital}}', operation: 'eq' },
        {
          type: 'label_model',
          name: 'label',
          model,
          input: [{ role: 'user', content: 'It says {{sample.output_text}}.' }],
          labels: ['right', 'wrong'],
          passing_labels: ['right'],
        },
        {
          type: 'score_model',
          name: 'points',
          model,
          input: [
            { role: 'system', content: 'Judge.' },
            { role: 'user', content: { type: 'input_text', text: 'It says {{sample.output_text}}.' } },
          ],
          range: [1, 5],
          pass_threshold: 3,
        },
      ],
    })

  test('a template at an endpoint, judged by a model at another', async () => {
    const evaluation = await judged('judge/any')
    const started = await client.evals.runs.create(evaluation.id, {
      data_source: {
        type: 'completions',
        source,
        model: 'gpt-4o-mini',
        input_messages: {
          type: 'template',
          template: [{ role: 'user', content: { type: 'input_text', text: 'The capital of {{item.country}}?' } }],
        },
        sampling_params: { temperature: 0, seed: 7, max_completion_tokens: 20 },
      },
    })
    const run = await ended(evaluation.id, started.id)
    expect(run).toMatchObject({
      status: 'completed',
      model: 'gpt-4o-mini',
      result_counts: { total: 4, errored: 0, passed: 1 },
    })
    expect(run.per_testing_criteria_results).toMatchObject([{ passed: 2 }, { passed: 1 }, { passed: 1 }])
    const { data } = await client.evals.runs.outputItems.list(run.id, { eval_id: evaluation.id })
    const french = data.find(({ datasource_item: item }) => item['country'] === 'France')
    expect(french).toMatchObject({
      status: 'pass',
      results: [{ score: 1 }, { score: 1, details: { label: 'right' } }, { score: 5 }],
      sample: {
        input: [{ role: 'user', content: 'The capital of France?' }],
        output: [{ role: 'assistant', content: 'Paris' }],
        temperature: 0,
        seed: 7,
        max_completion_tokens: 20,
      },
    })
  })

  test('messages that the items hold are sent as they are', async () => {
    const evaluation = await judged('judge/any')
    const started = await client.evals.runs.create(evaluation.id, {
      data_source: {
        type: 'responses',
        source,
        model: 'judge/other',
        input_messages: { type: 'item_reference', item_reference: 'item.messages' },
      },
    })
    const run = await ended(evaluation.id, started.id)
    expect(run.per_testing_criteria_results).toMatchObject([{ passed: 2 }, { passed: 1 }, { passed: 1 }])
    expect(server.asked.some((text) => text.includes('France {{x}}?'))).toBe(true)
  })

  test('a model that does not exist is refused with the ways to name one', async () => {
    const evaluation = await judged('assay-clip')
    const run = client.evals.runs.create(evaluation.id, { data_source: { type: 'jsonl', source } })
    await expect(run).rejects.toMatchObject({ status: 422, param: '/testing_criteria/1/model' })
  })
})

test('single gradings and their refusals', async () => {
  const { graders } = client.fineTuning.alpha
  const grader = {
    type: 'string_check',
    name: 'g',
    input: '{{sample.output_text}}',
    reference: '{{item.a}}',
    operation: 'eq',
  } as const
  expect(await graders.run({ grader, model_sample: 'x', item: { a: 'x' } })).toMatchObject({ reward: 1, metadata: { name: 'g' } })
  expect(await graders.run({ grader, model_sample: 'x' })).toMatchObject({
    reward: 0,
    metadata: { errors: { invalid_variable_error: true } },
  })
  expect(await graders.validate({ grader })).toEqual({ grader })
  const python = graders.validate({ grader: { type: 'python', name: 'p', source: 'def grade(sample, item): return 1' } })
  await expect(python).rejects.toMatchObject({ status: 400, param: '/grader/type' })
})

test('a run is deleted with its samples, and not before it has ended', async () => {
  const evaluation = await capitalsEval()
  const started = await client.evals.runs.create(evaluation.id, {
    data_source: { type: 'jsonl', source: { type: 'file_content', content: CAPITALS.slice(0, 2) } },
  })
  const run = await ended(evaluation.id, started.id)
  expect(await client.evals.runs.delete(run.id, { eval_id: evaluation.id })).toEqual({
    object: 'eval.run.deleted',
    deleted: true,
    run_id: run.id,
  })
  await expect(client.evals.runs.retrieve(run.id, { eval_id: evaluation.id })).rejects.toBeInstanceOf(OpenAI.NotFoundError)
  await expect(client.evals.runs.delete(run.id, { eval_id: evaluation.id })).rejects.toBeInstanceOf(OpenAI.NotFoundError)
})
