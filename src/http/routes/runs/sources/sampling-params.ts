/**
 * OpenAI's sampling parameters of a run. Completions and responses write tools and the form of an answer in
 * two ways.
 *
 * Source: openai-node `resources/evals/runs/runs.ts`, `CreateEvalCompletionsRunDataSource.SamplingParams` and
 * `CreateEvalResponsesRunDataSource.SamplingParams`.
 * @module
 */
import { z } from '@hono/zod-openapi'
import {
  functionFields,
  functionTool,
  MOST_TOOLS,
  namedSchema,
  reasoningEffort,
  type Sampling,
  sampling,
} from '../../../../contracts/sampling.ts'

const tool = z.union([functionTool, z.strictObject({ type: z.literal('function'), ...functionFields })], {
  error: 'must be a function; other tools are not called',
})

const textFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({ type: z.literal('json_schema'), ...namedSchema }),
])

export const samplingParams = z
  .strictObject({
    temperature: sampling.shape.temperature.nullable(),
    top_p: sampling.shape.top_p.nullable(),
    seed: sampling.shape.seed.nullable(),
    max_completion_tokens: sampling.shape.max_completion_tokens.nullable(),
    reasoning_effort: reasoningEffort.nullish(),
    response_format: sampling.shape.response_format.nullable(),
    text: z
      .strictObject({ format: textFormat.optional() })
      .nullish()
      .describe('`format`: as `response_format`, in the form of responses.'),
    tools: z
      .array(tool)
      .max(MOST_TOOLS)
      .nullish()
      .describe('Functions that the model may call. The calls are `{{sample.output_tools[0].function.name}}` and so on.'),
  })
  .refine(({ response_format: format, text }) => format == null || text?.format === undefined, {
    path: ['text'],
    message: 'says the form of an answer a second time, beside response_format',
  })
  .describe('Sampling parameters; omitted ones are not sent.')

type SamplingParams = z.output<typeof samplingParams>

/** The parameters as chat completions have them. */
export function samplingOf(given: SamplingParams | null | undefined): Sampling {
  const { text, tools, response_format: format, ...rest } = given ?? {}
  const set = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null && value !== undefined))
  const form = format ?? formatOf(text?.format)
  return {
    ...(set as Omit<Sampling, 'response_format' | 'tools'>),
    ...(form !== undefined && { response_format: form }),
    ...(tools != null && tools.length > 0 && { tools: tools.map(toolOf) }),
  }
}

function formatOf(format: z.output<typeof textFormat> | undefined): Sampling['response_format'] {
  if (format?.type !== 'json_schema') return format
  const { type, ...schema } = format
  return { type, json_schema: schema }
}

function toolOf(given: z.output<typeof tool>): z.output<typeof functionTool> {
  if ('function' in given) return given
  const { type, ...fields } = given
  return { type, function: fields }
}
