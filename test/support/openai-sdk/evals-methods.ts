/**
 * `client.evals` and `client.fineTuning.alpha.graders`.
 * @module
 */
import type OpenAI from 'openai'
import type { components } from '../../../src/contracts/api-types.d.ts'
import { differences, type SdkMethod, type SdkWorld } from './sdk-method.ts'

type Schemas = components['schemas']

const EVALS = '4.93.0'
const GRADERS = '4.98.0'

const GRADER = {
  type: 'string_check',
  name: 'exact',
  input: '{{sample.output_text}}',
  reference: '{{item.answer}}',
  operation: 'eq',
} as const

const CONTENT = [
  { item: { answer: 'Paris' }, sample: { output_text: 'Paris' } },
  { item: { answer: 'Rome' }, sample: { output_text: 'Milan' } },
]

const EVAL = {
  name: 'conformance',
  data_source_config: { type: 'custom', item_schema: { type: 'object' }, include_sample_schema: true },
  testing_criteria: [GRADER],
} satisfies OpenAI.EvalCreateParams

const evalAnswer = differences<Schemas['Eval'], OpenAI.EvalCreateResponse>()('Eval', {
  name: 'null for an eval without one',
  data_source_config: '`{type: "dataset", task}` too',
  testing_criteria: 'criteria for images too',
})

const runAnswer = differences<Schemas['Run'], OpenAI.Evals.RunCreateResponse>()('Run', {
  name: 'null for a run without one',
  error: 'null for a run without one',
  data_source: '`{type: "dataset", …}` too; `content` is empty, and `dataset` names the version that holds the items',
})

const itemAnswer = differences<Schemas['OutputItem'], OpenAI.Evals.Runs.OutputItemRetrieveResponse>()('OutputItem', {
  results: '`score` is null for a result without a number',
  sample: '`finish_reason`, `error` and sampling parameters are null where there is none',
})

const ofEval = ({ made }: SdkWorld) => ({ eval_id: made['eval']! })
const ofRun = ({ made }: SdkWorld) => ({ ...ofEval({ made } as SdkWorld), run_id: made['run']! })

/** The run, once it has ended. */
async function endedRun(world: SdkWorld): Promise<OpenAI.Evals.RunRetrieveResponse> {
  for (;;) {
    const run = await world.client.evals.runs.retrieve(world.made['run']!, ofEval(world))
    if (run.status !== 'in_progress') return run
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export const evalsMethods: readonly SdkMethod[] = [
  {
    method: 'evals.create',
    since: EVALS,
    answer: evalAnswer,
    request: 'graders of type `python` are refused',
    call: async ({ client, made }) => {
      const created = await client.evals.create(EVAL)
      made['eval'] = created.id
      return created
    },
  },
  {
    method: 'evals.retrieve',
    since: EVALS,
    answer: evalAnswer,
    call: ({ client, made }) => client.evals.retrieve(made['eval']!),
  },
  {
    method: 'evals.update',
    since: EVALS,
    answer: evalAnswer,
    call: ({ client, made }) => client.evals.update(made['eval']!, { name: 'renamed', metadata: { team: 'vision' } }),
  },
  {
    method: 'evals.list',
    since: EVALS,
    answer: evalAnswer,
    call: ({ client }) => client.evals.list({ limit: 5, order: 'desc', order_by: 'updated_at' }),
  },
  {
    method: 'evals.runs.create',
    since: EVALS,
    answer: runAnswer,
    request:
      '`input_audio` and tools other than functions are refused; the sources `stored_completions` and `responses` both read chat completions that were stored here',
    call: async ({ client, made }) => {
      const run = await client.evals.runs.create(made['eval']!, {
        data_source: { type: 'jsonl', source: { type: 'file_content', content: CONTENT } },
      })
      made['run'] = run.id
      return run
    },
  },
  {
    method: 'evals.runs.retrieve',
    since: EVALS,
    answer: runAnswer,
    call: endedRun,
  },
  {
    method: 'evals.runs.list',
    since: EVALS,
    answer: runAnswer,
    call: ({ client, made }) => client.evals.runs.list(made['eval']!, { order: 'desc', status: 'completed' }),
  },
  {
    method: 'evals.runs.outputItems.list',
    since: EVALS,
    answer: itemAnswer,
    call: async (world) => {
      const page = await world.client.evals.runs.outputItems.list(world.made['run']!, { ...ofEval(world), status: 'fail' })
      world.made['item'] = page.data[0]!.id
      return page
    },
  },
  {
    method: 'evals.runs.outputItems.retrieve',
    since: EVALS,
    answer: itemAnswer,
    call: (world) => world.client.evals.runs.outputItems.retrieve(world.made['item']!, ofRun(world)),
  },
  {
    method: 'evals.runs.cancel',
    since: EVALS,
    answer: runAnswer,
    request: 'a run that has ended answers 409; both paths are served, `…/cancel` (npm 7.26.0 and later) and that of the run',
    call: async (world) => {
      const refused = await world.client.evals.runs.cancel(world.made['run']!, ofEval(world)).catch((error: unknown) => error)
      if ((refused as { status?: number }).status !== 409) throw new Error('an ended run was canceled')
      return refused
    },
  },
  {
    method: 'evals.runs.delete',
    since: EVALS,
    request: 'a run in progress, or a public one, answers 409',
    call: (world) => world.client.evals.runs.delete(world.made['run']!, ofEval(world)),
  },
  { method: 'evals.delete', since: EVALS, call: ({ client, made }) => client.evals.delete(made['eval']!) },
  {
    method: 'fineTuning.alpha.graders.run',
    since: GRADERS,
    request: '`python` is refused',
    call: ({ client }) =>
      client.fineTuning.alpha.graders.run({ grader: GRADER, model_sample: 'Paris', item: { answer: 'Paris' } }),
  },
  {
    method: 'fineTuning.alpha.graders.validate',
    since: GRADERS,
    request: '`python` is refused',
    call: ({ client }) => client.fineTuning.alpha.graders.validate({ grader: GRADER }),
  },
]
