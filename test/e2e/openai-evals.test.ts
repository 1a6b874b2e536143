/**
 * Evals of the user's own items through the unmodified `openai` SDK: inline, from a file and from a dataset.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI, { toFile } from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiClient } from '../../scripts/api-client.ts'
import { CLIENT_COMMANDS } from '../../src/cli/client/commands.ts'
import { dispatch } from '../../src/cli/dispatch.ts'
import { type ChatServer, startChatServer } from '../support/chat-server.ts'
import { callAll, notingClient, packageMethods, SDK_METHODS } from '../support/openai-sdk/conformance.ts'
import { conformancePage, readPage, writePage } from '../support/openai-sdk/page.ts'
import { WEATHER } from '../support/openai-sdk/models-methods.ts'
import { askByLmmsEval, askByPromptfoo, LMMS_PYTHON, PROMPTFOO } from '../support/openai-sdk/other-clients.ts'
import { callByPython, inPython, pythonWithOpenAI } from '../support/openai-sdk/python-package.ts'
import { PUBLISHED, publishedAnswer, publishedModule, saveEvals } from '../support/openai-sdk/published.ts'
import { samplePng } from '../support/png.ts'
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

/** A model that knows two capitals, and a judge of one word; and the models of the published evals. */
function answer(text: string): string {
  const published = publishedAnswer(text)
  if (published !== null) return published
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
    // The package knows `pass` and `fail` alone.
    const errored = await client.evals.runs.outputItems.list(run.id, { eval_id: evaluation.id, status: 'error' as 'fail' })
    expect(errored.data).toEqual(data.filter(({ status }) => status === 'error'))
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

  test('a cosine compares vectors of an embeddings model, at an endpoint or at the edge', async () => {
    const near = {
      type: 'text_similarity',
      input: '{{sample.output_text}}',
      reference: '{{item.capital}}',
      evaluation_metric: 'cosine',
      pass_threshold: 0.9,
    } as const
    const evaluation = await client.evals.create({
      data_source_config: { type: 'custom', item_schema: ITEM_SCHEMA, include_sample_schema: true },
      testing_criteria: [
        { ...near, name: 'at the endpoint' } as never,
        { ...near, name: 'at the edge', model: 'assay-clip' } as never,
      ],
    })
    const started = await client.evals.runs.create(evaluation.id, {
      data_source: { type: 'jsonl', source: { type: 'file_content', content: CAPITALS } },
      max_errored: 0.5,
    } as never)
    const run = await ended(evaluation.id, started.id)
    expect(run).toMatchObject({ status: 'completed', result_counts: { total: 4, passed: 2, errored: 1 } })
    const { data } = await client.evals.runs.outputItems.list(run.id, { eval_id: evaluation.id })
    const scores = (index: number) =>
      data.toSorted((a, b) => a.datasource_item_id - b.datasource_item_id).map(({ results }) => results[index]!.score)
    // Of Milan and Rome: (1, 0, 0) and (0, 0, 0), a thousandth added to each.
    expect(scores(0)).toEqual([expect.closeTo(1, 6), expect.closeTo(0.578, 2), expect.closeTo(1, 6), null])
    expect(scores(1)).toEqual([expect.closeTo(1, 6), expect.any(Number), expect.closeTo(1, 6), null])
  })

  test('models at the edge answer about pictures as they do in chat completions', async () => {
    const [first, second] = await Promise.all(
      [1, 2].map((number) => readFile(`fixtures/scenes/images/assay_scenes2026_00000000000${number}.png`)),
    )
    const form = new FormData()
    form.set('image', new Blob([second!]), 'second.png')
    const authorization = `Bearer ${assay.key.key}`
    const stored = await fetch(`${assay.url}/v1/images`, { method: 'POST', headers: { authorization }, body: form })
    const { id } = (await stored.json()) as { id: string }
    const pictures = [`data:image/png;base64,${first!.toString('base64')}`, id]
    const image = (url: string) => ({ type: 'input_image', image_url: url }) as const
    const text = (words: string) => ({ type: 'input_text', text: words }) as const
    const evaluation = await client.evals.create({
      data_source_config: { type: 'custom', item_schema: { type: 'object' } },
      testing_criteria: [
        { type: 'string_check', name: 'exact', input: '{{sample.output_text}}', reference: '{{item.answer}}', operation: 'eq' },
      ],
    })
    /** A run whose right answers are those of `/v1/chat/completions`. */
    const start = async (model: string, content: (ReturnType<typeof image> | ReturnType<typeof text>)[], extra = {}) => {
      const items = await Promise.all(
        pictures.map(async (picture) => {
          const parts = content.map((part) =>
            part.type === 'input_text'
              ? ({ type: 'text', text: part.text } as const)
              : ({ type: 'image_url', image_url: { url: part.image_url.includes('item') ? picture : part.image_url } } as const),
          )
          const chat = { model, messages: [{ role: 'user' as const, content: parts }], ...extra }
          const { choices } = await client.chat.completions.create(chat)
          return { item: { picture, answer: choices[0]!.message.content } }
        }),
      )
      const started = await client.evals.runs.create(evaluation.id, {
        data_source: {
          type: 'responses',
          source: { type: 'file_content', content: items },
          model,
          input_messages: { type: 'template', template: [{ role: 'user', content }] },
          sampling_params: { temperature: 0, seed: 7 },
          ...extra,
        } as never,
      })
      const run = await ended(evaluation.id, started.id)
      expect(run, model).toMatchObject({ status: 'completed', result_counts: { total: 2, passed: 2 } })
      return run
    }
    const own = image('{{item.picture}}')
    await start('assay-lxmert', [own, text('How many objects are there?')])
    await start('assay-lxmert', [own, text('There is a circle.')], { skill: 'statement' })
    await start('assay-vilbert', [own, image(id), text('Both pictures have a circle.')])
    await start('assay-caption', [own])
    const refused = async (model: string, change: object, param: string) => {
      const data_source = {
        type: 'completions',
        source: { type: 'file_content', content: [{ item: { picture: id } }] },
        model,
        input_messages: { type: 'template', template: [{ role: 'user', content: [own, text('Why?')] }] },
        ...change,
      }
      const run = client.evals.runs.create(evaluation.id, { data_source } as never)
      await expect(run, param).rejects.toMatchObject({ param })
    }
    await refused('assay-clip', {}, '/data_source/model')
    await refused('assay-caption', {}, '/data_source/input_messages')
    await refused('assay-lxmert', { skill: 'caption' }, '/data_source/skill')
    await refused('assay-lxmert', { sampling_params: { temperature: 1 } }, '/data_source/sampling_params/temperature')
    await refused('gpt-4o-mini', { skill: 'question' }, '/data_source/skill')
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
  const inexact = { ...grader, name: 'inexact', operation: 'ilike' } as const
  const multi = { type: 'multi', name: 'm', graders: { exact: grader, inexact }, calculate_output: '0.75 * exact + inexact / 4' }
  expect(await graders.run({ grader: multi as never, model_sample: 'X', item: { a: 'x' } })).toMatchObject({
    reward: 0.25,
    sub_rewards: { exact: 0, inexact: 1 },
    metadata: { type: 'multi', errors: { other_error: false } },
  })
  expect(
    await graders.run({ grader: { ...multi, calculate_output: '1 / exact' } as never, model_sample: 'X', item: { a: 'x' } }),
  ).toMatchObject({ reward: 0, metadata: { errors: { other_error: true } } })
  const input = [{ role: 'user' as const, content: 'It says {{sample.output_text}}.' }]
  const points = { type: 'score_model', name: 'points', model: 'judge/any', input, range: [1, 5] } as const
  expect(await graders.run({ grader: points as never, model_sample: 'Paris' })).toMatchObject({
    reward: 5,
    model_grader_token_usage_per_model: { 'judge/any': 3 },
    metadata: { token_usage: 3, sampled_model_name: 'judge/any', errors: { model_grader_parse_error: false } },
  })
  const unread = { ...points, range: [2, 5], input: [{ role: 'user', content: 'It says nothing.' }] }
  expect(await graders.run({ grader: unread as never, model_sample: 'x' })).toMatchObject({
    reward: 0,
    metadata: { errors: { model_grader_parse_error: true } },
  })
  const near = {
    type: 'text_similarity',
    name: 'near',
    input: '{{sample.output_text}}',
    reference: '{{item.a}}',
    evaluation_metric: 'cosine',
    pass_threshold: 0.5,
  } as const
  const both = { type: 'multi', name: 'both', graders: { near, points }, calculate_output: 'near * points' }
  const judged = await graders.run({ grader: both as never, model_sample: 'aab says Paris', item: { a: 'aaaabb' } })
  expect(judged.sub_rewards).toEqual({ near: expect.closeTo(0.976, 2), points: 5 })
  const closed = { name: 'closed-judge', base_url: 'http://127.0.0.1:9/v1', max_attempts: 1 }
  await apiClient(assay.url, assay.key.key).post('/v1/endpoints', closed)
  expect(await graders.run({ grader: { ...points, model: 'closed-judge/any' } as never, model_sample: 'x' })).toMatchObject({
    reward: 0,
    metadata: {
      errors: { model_grader_server_error: true, model_grader_server_error_details: expect.stringContaining('closed-judge') },
    },
  })
  const python = graders.validate({ grader: { type: 'python', name: 'p', source: 'def grade(sample, item): return 1' } })
  await expect(python).rejects.toMatchObject({ status: 400, param: '/grader/type' })
})

describe('models at endpoints, outside runs', () => {
  const question = [{ role: 'user' as const, content: 'The capital of France?' }]

  test('a conversation is passed on, whole and as a stream, and counted by key', async () => {
    const ledger = () => client.get<{ requests_outside_runs: number }>(`/keys/${assay.key.id}/ledger`)
    const before = await ledger()
    const completion = await client.chat.completions.create({
      model: 'judge/any',
      messages: [{ role: 'system', content: 'Answer in one word.' }, ...question],
      temperature: 0.7,
    })
    expect(completion).toMatchObject({
      model: 'judge/any',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Paris' } }],
      usage: { prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 },
      identity: { endpoint: 'judge', model: 'any', reported_model: 'any' },
    })
    expect(server.asked.at(-1)).toBe('Answer in one word.\nThe capital of France?')
    const streamed = await client.chat.completions
      .stream({ model: 'gpt-4o-mini', messages: question, stream_options: { include_usage: true } })
      .finalChatCompletion()
    expect(streamed).toMatchObject({ choices: [{ message: { content: 'Paris' } }], usage: { total_tokens: 3 } })
    const vectors = await client.embeddings.create({ model: 'judge/small', input: ['aab', 'c'] })
    expect(vectors.data.map(({ embedding }) => embedding.map(Math.round))).toEqual([
      [2, 1, 0],
      [0, 0, 1],
    ])
    expect((await ledger()).requests_outside_runs).toBe(before.requests_outside_runs + 3)
  })

  test('calls of tools are passed on, by runTools whole and as a stream', async () => {
    const tools = [WEATHER]
    const messages = [{ role: 'user' as const, content: 'Call Paris, then name the capital.' }]
    const asked = server.asked.length
    expect(await client.chat.completions.runTools({ model: 'judge/any', messages, tools }).finalContent()).toBe('Paris')
    expect(server.asked.at(-1)).toContain('In Paris, which is in France, it rains.')
    const streamed = client.chat.completions.runTools({ model: 'judge/any', messages, tools, stream: true })
    expect(await streamed.finalContent()).toBe('Paris')
    expect(await streamed.finalFunctionToolCallResult()).toContain('it rains')
    expect(server.asked.length - asked).toBe(4)
  })

  test('the daily budget, a closed port and an unknown name are refused with the reason', async () => {
    const api = apiClient(assay.url, assay.key.key)
    const limits = { daily_budget: { max_requests: 1 } }
    await api.post('/v1/endpoints', { name: 'small-budget', base_url: `${server.url}/v1`, ...limits })
    await api.post('/v1/endpoints', { name: 'nobody', base_url: 'http://127.0.0.1:9/v1', max_attempts: 1 })
    const ask = (model: string) => client.chat.completions.create({ model, messages: question })
    await ask('small-budget/m')
    await expect(ask('small-budget/m')).rejects.toMatchObject({ status: 429, message: expect.stringContaining('daily budget') })
    await expect(ask('nobody/m')).rejects.toMatchObject({ status: 502, code: 'endpoint_network' })
    const picture = [{ type: 'image_url' as const, image_url: { url: `img_${'0'.repeat(64)}` } }]
    const messages = [{ role: 'user' as const, content: picture }]
    await expect(client.chat.completions.create({ model: 'judge/m', messages })).rejects.toMatchObject({
      status: 404,
      param: '/messages/0/content/0/image_url/url',
    })
  })
})

describe('a stream of an endpoint', () => {
  /** Words of a stream that may be sent. */
  let release: (() => void)[] = []
  let slow: ChatServer

  beforeAll(async () => {
    slow = await startChatServer(() => 'one two three', {
      beforeWord: () => new Promise((resolve) => void release.push(resolve)),
    })
    await apiClient(assay.url, assay.key.key).post('/v1/endpoints', {
      name: 'slow',
      base_url: `${slow.url}/v1`,
      price: { input_per_million: 1, output_per_million: 1 },
      daily_budget: { max_cost_usd: 1 },
    })
  })
  afterAll(() => slow.close())

  const messages = [{ role: 'user' as const, content: 'Count.' }]
  const nextWord = async () => {
    await expect.poll(() => release.length).toBeGreaterThan(0)
    release.shift()!()
  }
  const ledger = () =>
    client.get<{ requests: { settled: number }; completion_tokens: number; cost_usd: number }>(`/keys/${assay.key.id}/ledger`)

  test('comes word by word: the first is here before the last was sent', async () => {
    const before = await ledger()
    const stream = await client.chat.completions.create({
      model: 'slow/m',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    })
    const words: string[] = []
    let last: OpenAI.ChatCompletionChunk | undefined
    for await (const chunk of stream) {
      const { content } = chunk.choices[0]?.delta ?? {}
      last = chunk
      if (content) words.push(content)
      // The server waits for this: it has not sent the next word.
      if (content && words.length < 3) await nextWord()
    }
    expect(words).toEqual(['one ', 'two ', 'three'])
    expect(last).toMatchObject({ model: 'slow/m', choices: [], usage: { total_tokens: 3 } })
    const after = await ledger()
    expect(after.requests.settled - before.requests.settled).toBe(1)
    expect(after.completion_tokens - before.completion_tokens).toBe(1)
  })

  test('ends at the endpoint when the client leaves, and is settled', async () => {
    const before = await ledger()
    const left = slow.left()
    const controller = new AbortController()
    const stream = await client.chat.completions.create(
      { model: 'slow/m', messages, stream: true },
      { signal: controller.signal },
    )
    for await (const chunk of stream) {
      // The next word is held, so nothing is written that would fail.
      if (chunk.choices[0]?.delta.content) controller.abort()
    }
    await expect.poll(slow.left).toBe(left + 1)
    await expect.poll(async () => (await ledger()).requests.settled - before.requests.settled).toBe(1)
    release = []
  })

  test('is stored once it has come, with the calls and texts that came in pieces', async () => {
    const stream = client.chat.completions.stream({
      model: 'judge/m',
      messages: [{ role: 'user', content: 'France?' }],
      store: true,
      metadata: { way: 'stream' },
    })
    const final = await stream.finalChatCompletion()
    const stored = await client.chat.completions.retrieve(final.id)
    expect(stored).toMatchObject({
      model: 'judge/m',
      metadata: { way: 'stream' },
      choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: 'Paris' } }],
      usage: { total_tokens: 3 },
    })
  })

  test.each([
    ['plain', true],
    ['whole', false],
    ['deaf', false],
  ])('of a server that knows less (%s) comes all the same, and says whether it was streamed', async (model, isStreamed) => {
    const chunks: unknown[] = []
    const stream = await client.chat.completions.create({
      model: `judge/${model}`,
      messages: [{ role: 'user', content: 'Spain?' }],
      stream: true,
    })
    for await (const chunk of stream) chunks.push(chunk)
    const text = (chunks as OpenAI.ChatCompletionChunk[]).map(({ choices }) => choices[0]?.delta.content ?? '').join('')
    expect(text).toBe('Madrid')
    expect(chunks.at(-1)).toMatchObject({ identity: { endpoint: 'judge', reported_model: model, streamed: isStreamed } })
  })

  test('that breaks off is an error to the client, after what came', async () => {
    const words: string[] = []
    const read = async () => {
      const stream = await client.chat.completions.create({
        model: 'judge/broken',
        messages: [{ role: 'user', content: 'Norway?' }],
        stream: true,
      })
      for await (const { choices } of stream) words.push(choices[0]?.delta.content ?? '')
    }
    await expect(read()).rejects.toMatchObject({ code: 'endpoint_network' })
    expect(words.join('')).toBe('I ')
  })
})

describe('an Idempotency-Key of a chat completion', () => {
  const messages = [{ role: 'user' as const, content: 'The capital of Spain?' }]
  const keyed = (key: string) => ({ headers: { 'Idempotency-Key': key } })

  test('pays once: a repeat gets the first answer, whole or as a stream', async () => {
    const before = server.asked.length
    const key = crypto.randomUUID()
    const ask = () => client.chat.completions.create({ model: 'judge/any', messages }, keyed(key)).withResponse()
    const [first, second] = [await ask(), await ask()]
    expect(second.data).toEqual(first.data)
    expect([first, second].map(({ response }) => response.headers.get('idempotent-replayed'))).toEqual([null, 'true'])
    const streamKey = crypto.randomUUID()
    const stream = () =>
      client.chat.completions
        .stream({ model: 'judge/any', messages, stream_options: { include_usage: true } }, keyed(streamKey))
        .finalChatCompletion()
    const [streamed, again] = [await stream(), await stream()]
    expect(again).toMatchObject({ id: streamed.id, choices: [{ message: { content: 'Madrid' } }], usage: { total_tokens: 3 } })
    expect(server.asked.length - before).toBe(2)
    const other = client.chat.completions.create({ model: 'judge/other', messages }, keyed(key))
    await expect(other).rejects.toMatchObject({ status: 422, param: 'Idempotency-Key' })
  })

  test('of a client that left: the stream is read on, and the repeat gets it', async () => {
    const before = server.asked.length
    const key = crypto.randomUUID()
    const controller = new AbortController()
    const params = { model: 'judge/any', messages: [{ role: 'user' as const, content: 'Of Norway?' }], stream: true as const }
    const stream = await client.chat.completions.create(params, { ...keyed(key), signal: controller.signal })
    for await (const _ of stream) controller.abort()
    const again = async () => {
      const chunks = await client.chat.completions.create(params, keyed(key))
      let text = ''
      for await (const { choices } of chunks) text += choices[0]?.delta.content ?? ''
      return text
    }
    await expect.poll(() => again().catch((error: unknown) => (error as { status: number }).status)).toBe('I do not know')
    expect(server.asked.length - before).toBe(1)
  })
})

test('an Idempotency-Key of embeddings, or of a grader that asks a model, pays once', async () => {
  const before = [server.embedded.length, server.asked.length]
  const keyed = { headers: { 'Idempotency-Key': crypto.randomUUID() } }
  const embed = () => client.embeddings.create({ model: 'judge/any', input: ['abc', 'cab a'] }, keyed).withResponse()
  const [first, second] = [await embed(), await embed()]
  expect(second.data).toEqual(first.data)
  expect([first, second].map(({ response }) => response.headers.get('idempotent-replayed'))).toEqual([null, 'true'])
  const grader = {
    type: 'label_model' as const,
    name: 'capital',
    model: 'judge/any',
    input: [{ role: 'user' as const, content: 'Right or wrong? {{sample.output_text}}' }],
    labels: ['right', 'wrong'],
    passing_labels: ['right'],
  }
  const graded = { headers: { 'Idempotency-Key': crypto.randomUUID() } }
  const grade = () =>
    client.post('/fine_tuning/alpha/graders/run', { body: { grader, model_sample: 'Paris', item: {} }, ...graded })
  expect(await grade()).toEqual(await grade())
  expect([server.embedded.length - before[0]!, server.asked.length - before[1]!]).toEqual([1, 1])
  const other = client.embeddings.create({ model: 'judge/any', input: ['b'] }, keyed)
  await expect(other).rejects.toMatchObject({ status: 422, param: 'Idempotency-Key' })
})

describe('stored completions', () => {
  const PUSHES = ['France wins again', 'Spain wins', 'Norway wins']
  const instructions = { role: 'developer' as const, content: 'Name the capital.' }

  beforeAll(async () => {
    const picture = `data:image/png;base64,${Buffer.from(samplePng(3)).toString('base64')}`
    for (const [index, push] of PUSHES.entries()) {
      const parts = [
        { type: 'text' as const, text: push },
        { type: 'image_url' as const, image_url: { url: picture, detail: 'low' as const } },
      ]
      await client.chat.completions.create({
        model: 'gpt-4o-mini',
        messages: [instructions, { role: 'user', content: index === 0 ? parts : push }],
        store: true,
        metadata: { usecase: 'capitals', prompt_version: index === 2 ? 'v2' : 'v1', expected: index === 0 ? 'Paris' : 'Madrid' },
      })
    }
    await client.chat.completions.create({ model: 'gpt-4o-mini', messages: [instructions], store: true, temperature: 1 })
  })

  const logsEval = (type: 'logs' | 'stored_completions') =>
    client.evals.create({
      data_source_config: { type, metadata: { usecase: 'capitals' } },
      testing_criteria: [
        {
          type: 'string_check',
          name: 'exact',
          input: '{{sample.output_text}}',
          reference: '{{item.metadata.expected}}',
          operation: 'eq',
        },
      ],
    })
  const itemsOf = async (evalId: string, runId: string) => {
    const { data } = await client.evals.runs.outputItems.list(runId, { eval_id: evalId })
    return data.toSorted((a, b) => a.datasource_item_id - b.datasource_item_id)
  }

  test('are judged as they are, and asked again of another model: the same items', async () => {
    const evaluation = await logsEval('stored_completions')
    expect(evaluation.data_source_config).toMatchObject({ type: 'stored_completions', metadata: { usecase: 'capitals' } })
    const source = { type: 'stored_completions' as const, metadata: { prompt_version: 'v1' }, limit: 10 }
    const judged = await client.evals.runs.create(evaluation.id, { data_source: { type: 'completions', source } })
    const again = await client.evals.runs.create(evaluation.id, {
      data_source: {
        type: 'completions',
        source,
        model: 'judge/other',
        input_messages: { type: 'item_reference', item_reference: 'item.input' },
      },
    })
    expect(await ended(evaluation.id, judged.id)).toMatchObject({
      status: 'completed',
      model: 'stored_completions',
      result_counts: { total: 2, passed: 2, errored: 0 },
      data_source: { type: 'completions', source },
    })
    expect(await ended(evaluation.id, again.id)).toMatchObject({ status: 'completed', result_counts: { total: 2, passed: 2 } })
    const [first, second] = [await itemsOf(evaluation.id, judged.id), await itemsOf(evaluation.id, again.id)]
    expect(second.map(({ datasource_item: item }) => item)).toEqual(first.map(({ datasource_item: item }) => item))
    expect(first[0]!.datasource_item).toMatchObject({
      input: [
        instructions,
        {
          role: 'user',
          content: [
            { type: 'input_text', text: PUSHES[0] },
            { type: 'input_image', image_url: expect.stringMatching(/^img_/), detail: 'low' },
          ],
        },
      ],
      metadata: { expected: 'Paris' },
    })
    expect(server.asked.at(-1)).toContain('Name the capital.')
  })

  test('are chosen by their instructions and parameters too, and a choice of none is refused', async () => {
    const evaluation = await client.evals.create({
      data_source_config: { type: 'logs' },
      testing_criteria: (await logsEval('logs')).testing_criteria as OpenAI.EvalCreateParams['testing_criteria'],
    })
    const start = (source: object) =>
      client.evals.runs.create(evaluation.id, {
        data_source: { type: 'responses', source: { type: 'responses', ...source } },
        max_errored: 1,
      } as never)
    const hot = await start({ instructions_search: 'name the CAPITAL', temperature: 1 })
    expect((await ended(evaluation.id, hot.id)).result_counts.total).toBe(1)
    const mine = await start({ metadata: { usecase: 'capitals' }, created_after: 1 })
    expect((await ended(evaluation.id, mine.id)).result_counts.total).toBe(PUSHES.length)
    await expect(start({ metadata: { usecase: 'none' } })).rejects.toMatchObject({ status: 422, param: '/data_source/source' })
  })
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

describe('every method of the package', () => {
  test('has a row', () => {
    const described = SDK_METHODS.map(({ method }) => method)
    expect(described.toSorted()).toEqual(packageMethods(client).toSorted())
  })

  test('works, or is refused as docs/conformance.md says', async () => {
    const noting = notingClient({ apiKey: assay.key.key, baseURL: `${assay.url}/v1` })
    const called = await callAll({ client: noting.client, receiver: `${server.url}/hook`, made: {} }, noting.requests)
    const expected = SDK_METHODS.map(({ method, refused }) => ({ method, refused: refused?.status ?? null }))
    expect(called.map(({ method, refused }) => ({ method, refused }))).toEqual(expected)
    writePage(called)
    expect(readPage()).toBe(conformancePage(called))
  })
})

const python = pythonWithOpenAI()

/** Methods that one of the two packages has alone. */
const NPM_ONLY = new Set(['chat.completions.runTools'])
const PYTHON_ONLY = { 'files.retrieve_content': null, 'uploads.upload_file_chunked': null }

test.skipIf(python === null)('the package of PyPI works and is refused as that of npm (ASSAY_OPENAI_PYTHON)', async () => {
  const address = { apiKey: assay.key.key, baseURL: `${assay.url}/v1`, receiver: `${server.url}/hook` }
  const shared = SDK_METHODS.filter(({ method }) => !NPM_ONLY.has(method))
  const expected = shared.map(({ method, refused }) => [inPython(method), refused?.status ?? null])
  expect(await callByPython(python!, address)).toEqual({ ...Object.fromEntries(expected), ...PYTHON_ONLY })
})

describe('clients of other evaluation tools', () => {
  const address = () => ({ apiKey: assay.key.key, baseURL: `${assay.url}/v1` })

  test.skipIf(LMMS_PYTHON === null)(
    'lmms-eval asks an edge model and an endpoint about a picture (ASSAY_LMMS_PYTHON)',
    async () => {
      const asked = server.asked.length
      expect(await askByLmmsEval(address(), 'judge/any', ['The capital of France?', 'Of Spain?'])).toEqual(['Paris', 'Madrid'])
      expect(server.asked.slice(asked).every((text) => text.includes('[image_url]'))).toBe(true)
      const [answer] = await askByLmmsEval(address(), 'assay-lxmert', ['What colour is it?'])
      expect(answer).toMatch(/^\w[\w ]*$/)
    },
  )

  test.skipIf(PROMPTFOO === null)('promptfoo asks and embeds (ASSAY_PROMPTFOO)', async () => {
    const asked = { chat: 'judge/any', embedding: 'judge/small', question: 'The capital of France?' }
    expect(await askByPromptfoo(address(), asked)).toEqual({ error: null, output: 'Paris', tokens: 3, dimensions: 3 })
  })
})

describe('the evals of docs/from-openai-evals.md', () => {
  test.each(PUBLISHED)(
    '$kind: inline, from a file and from a dataset, as its definition says',
    async ({ kind, member, grades }) => {
      const environment = { OPENAI_BASE_URL: `${assay.url}/v1`, OPENAI_API_KEY: assay.key.key }
      const { evaluation, run } = await publishedModule(kind, environment)
      const gradesOf = async (runId: string) => {
        expect(await ended(evaluation.id, runId)).toMatchObject({ status: 'completed' })
        const { data } = await client.evals.runs.outputItems.list(runId, { eval_id: evaluation.id })
        return data
          .toSorted((a, b) => a.datasource_item_id - b.datasource_item_id)
          .map(({ datasource_item: item, status, results: [result] }) => [item[member], status, result!.score])
      }
      expect(await gradesOf(run.id)).toEqual(grades)
      const { source: _, dataset, ...asked } = run.data_source as unknown as AnsweredSource
      const { data } = await client.evals.runs.outputItems.list(run.id, { eval_id: evaluation.id })
      const content = data
        .toSorted((a, b) => a.datasource_item_id - b.datasource_item_id)
        .map(({ datasource_item: item }) => ({ item }))
      const lines = content.map((line) => JSON.stringify(line)).join('\n')
      const file = await client.files.create({ file: await toFile(Buffer.from(lines), 'data.jsonl'), purpose: 'evals' })
      const prompt = asked.input_messages.template
      const sources = [
        { ...asked, source: { type: 'file_content', content } },
        { ...asked, source: { type: 'file_id', id: file.id } },
        { type: 'dataset', dataset, subject: { type: 'endpoint', endpoint: 'default', model: asked.model, prompt } },
      ]
      for (const source of sources) {
        const again = await client.evals.runs.create(evaluation.id, { data_source: source } as never)
        expect(await gradesOf(again.id), JSON.stringify(source).slice(0, 80)).toEqual(grades)
      }
    },
  )
})

interface AnsweredSource {
  readonly source: unknown
  readonly dataset: string
  readonly model: string
  readonly input_messages: { readonly template: object[] }
}

describe('saved evals (docs/saved-evals.md)', () => {
  interface Brought {
    readonly evals: readonly { openai_id: string; id: string }[]
    readonly runs: readonly { openai_id: string; eval_id: string; id: string; status: string }[]
    readonly criteria: readonly { openai_run: string; criterion: string; n: number; differ: readonly number[] }[]
    readonly refused: readonly { id: string; reason: string }[]
  }

  interface SavedLine {
    readonly id: string
    readonly eval_id?: string
    readonly datasource_item_id?: number
    readonly results?: { passed: boolean }[]
  }

  async function fromOpenAI(...argv: string[]): Promise<{ status: number; brought: Brought; stderr: string }> {
    const said = { stdout: '', stderr: '' }
    const status = await dispatch('assay', { noun: 'verb', commands: CLIENT_COMMANDS }, ['from-openai', ...argv, '--json'], {
      stdout: (text) => (said.stdout += text),
      stderr: (text) => (said.stderr += text),
      environment: { ASSAY_URL: assay.url, ASSAY_KEY: assay.key.key },
    })
    return { status, brought: JSON.parse(said.stdout) as Brought, stderr: said.stderr }
  }

  test('what the SDK saved is judged again; another grade shows; nothing is brought twice', async () => {
    const evaluation = await client.evals.create({
      name: 'moved',
      metadata: { team: 'geography' },
      data_source_config: { type: 'custom', item_schema: ITEM_SCHEMA, include_sample_schema: true },
      testing_criteria: [
        { type: 'string_check', name: 'exact', input: '{{sample.output_text}}', reference: '{{item.capital}}', operation: 'eq' },
        {
          type: 'label_model',
          name: 'label',
          model: 'judge/any',
          input: [{ role: 'user', content: 'It says {{sample.output_text}}.' }],
          labels: ['right', 'wrong'],
          passing_labels: ['right'],
        },
      ],
    })
    const started = await client.evals.runs.create(evaluation.id, {
      name: 'answers of before',
      data_source: { type: 'jsonl', source: { type: 'file_content', content: CAPITALS } },
      max_errored: 0.5,
    } as never)
    const run = await ended(evaluation.id, started.id)
    expect(run.result_counts).toEqual({ total: 4, passed: 1, failed: 2, errored: 1 })
    const folder = await mkdtemp(join(tmpdir(), 'assay-saved-'))
    try {
      const path = await saveEvals(folder, { OPENAI_BASE_URL: `${assay.url}/v1`, OPENAI_API_KEY: assay.key.key })
      const all = (await readFile(path, 'utf8')).trim().split('\n')
      const own = all
        .map((line) => JSON.parse(line) as SavedLine)
        .filter((saved) => saved.id === evaluation.id || saved.eval_id === evaluation.id)
      expect(own).toHaveLength(1 + 1 + 4)
      // A grade that was given otherwise, of Milan for Rome.
      own.find((saved) => saved.datasource_item_id === 1)!.results![0]!.passed = true
      await writeFile(path, own.map((saved) => JSON.stringify(saved)).join('\n'))

      const first = await fromOpenAI(path)
      expect(first).toMatchObject({ status: 0, brought: { refused: [] } })
      const [moved] = first.brought.evals
      expect(moved!.openai_id).toBe(evaluation.id)
      expect(await client.evals.retrieve(moved!.id)).toMatchObject({
        name: 'moved',
        metadata: { team: 'geography', openai_id: evaluation.id },
        data_source_config: evaluation.data_source_config,
        testing_criteria: evaluation.testing_criteria,
      })
      const [movedRun] = first.brought.runs
      expect(movedRun).toMatchObject({ openai_id: run.id, eval_id: moved!.id, status: 'completed' })
      expect(await client.evals.runs.retrieve(movedRun!.id, { eval_id: moved!.id })).toMatchObject({
        name: 'answers of before',
        metadata: { openai_id: run.id },
        result_counts: run.result_counts,
      })
      const { id: brought } = movedRun!
      expect(first.brought.criteria).toEqual([
        { openai_run: run.id, run: brought, criterion: 'exact', n: 3, passed_before: 3, passed: 2, unscored: 0, differ: [1] },
        { openai_run: run.id, run: brought, criterion: 'label', n: 3, passed_before: 1, passed: 1, unscored: 0, differ: [] },
      ])
      expect((await fromOpenAI(path)).brought).toEqual(first.brought)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('what cannot be brought is named with its reason, and the rest is brought', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-saved-'))
    const path = join(folder, 'saved.json')
    const config = { type: 'custom', schema: { type: 'object', properties: { item: { type: 'object' } } } }
    const check = { id: 'x-1', type: 'string_check', name: 'x', input: '{{item.a}}', reference: 'a', operation: 'eq' }
    const object = 'eval'
    const saved = [
      { object, id: 'eval_python', data_source_config: config, testing_criteria: [{ type: 'python', name: 'p', source: '' }] },
      { object, id: 'eval_kept', name: '', data_source_config: config, testing_criteria: [check] },
      { object: 'eval.run', id: 'evalrun_bare', eval_id: 'eval_kept' },
      { object: 'eval.run', id: 'evalrun_lost', eval_id: 'eval_lost' },
    ]
    try {
      await writeFile(path, JSON.stringify({ object: 'list', data: saved }))
      const { status, brought, stderr } = await fromOpenAI(path)
      expect(status).toBe(1)
      expect(brought.evals.map(({ openai_id: id }) => id)).toEqual(['eval_kept'])
      expect(brought.refused).toEqual([
        { id: 'eval_python', reason: expect.stringContaining('python') },
        { id: 'evalrun_bare', reason: 'none of its output items was saved' },
        { id: 'evalrun_lost', reason: 'its eval eval_lost was not saved' },
      ])
      expect(stderr).toContain('evalrun_lost was not brought: its eval eval_lost was not saved')
      expect(await fromOpenAI(path, '--evals-only')).toMatchObject({ status: 1, brought: { refused: [{ id: 'eval_python' }] } })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
