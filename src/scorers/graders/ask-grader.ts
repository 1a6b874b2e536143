/**
 * The question to a grading model, and its answer.
 * @module
 */
import { z } from 'zod'
import { detailsOf, Fault } from '../../contracts/failure.ts'
import type { TextOutput } from '../../contracts/model.ts'
import { type PromptMessage, type PromptTemplate, promptTemplate } from '../../contracts/prompt.ts'
import { reasoningEffort, type Sampling } from '../../contracts/sampling.ts'
import type { GradingModel, ItemScore } from '../scorer.ts'
import type { TemplateValues } from '../../tasks/placeholder.ts'
import { placeholdersOf, renderTemplate } from '../../tasks/template.ts'
import { namesAnswer, placeholderProblem } from './template-values.ts'

/** Messages of a grader, whose placeholders begin with `item` or `sample`. */
export const graderMessages = promptTemplate
  .superRefine((template, context) => {
    for (const { name, pointer } of placeholdersOf(template)) {
      const problem = placeholderProblem(name)
      const message = `has the placeholder {{${name.slice(0, 100)}}}, which ${problem}`
      if (problem !== undefined) context.addIssue({ code: 'custom', path: pathOf(pointer), message })
    }
  })
  .describe('Messages to the grading model; `input_image` takes a stored image, its id `img_…`, or a `data:` URI.')

/** Names and indices of a pointer into a template, none of which is escaped. */
const pathOf = (pointer: string) =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step))

export const graderModel = z
  .string()
  .min(1)
  .max(512)
  .describe('The grading model: `endpoint/model`, as for a run; docs/graders.md#grading-models.')

/** OpenAI's sampling parameters of a grader; the spelling of `max_completions_tokens` is theirs. */
export const graderSampling = z.strictObject({
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  seed: z.int().nullish(),
  max_completions_tokens: z.int().positive().max(4096).nullish(),
  reasoning_effort: reasoningEffort.nullish(),
})

export function samplingOf(given: z.output<typeof graderSampling> | undefined): Sampling {
  const { temperature, top_p, seed, max_completions_tokens: most, reasoning_effort: effort } = given ?? {}
  return {
    ...(typeof temperature === 'number' && { temperature }),
    ...(typeof top_p === 'number' && { top_p }),
    ...(typeof seed === 'number' && { seed }),
    ...(typeof most === 'number' && { max_completion_tokens: most }),
    ...(effort != null && { reasoning_effort: effort }),
  }
}

export interface GraderQuestion {
  readonly input: PromptTemplate
  readonly values: TemplateValues
  readonly output: Pick<TextOutput, 'text' | 'unanswered'>
  /** How to answer, added to the last message of the user. */
  readonly instruction: string
}

/** A grader's answer as text; or the score that says why there is none. */
export type GraderReply =
  | { readonly text: string; readonly details: Readonly<Record<string, unknown>> }
  | { readonly score: ItemScore }

/**
 * Asks the grading model about one item.
 * @throws {SampleError} where the model's endpoint fails: this grader's result is then errored
 */
export async function askGrader(
  grader: GradingModel,
  { input, values, output, instruction }: GraderQuestion,
): Promise<GraderReply> {
  const unscored = (reason: string): GraderReply => ({ score: { status: 'unscored', reason } })
  if (output.text === null && textsOf(input).some(namesAnswer))
    return unscored(output.unanswered ?? 'there is no answer to judge')
  let messages: PromptMessage[]
  try {
    messages = withInstruction(renderTemplate(input, values), instruction)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return unscored(`input: ${detailsOf(error.failure)}`)
  }
  const { output: reply, usage } = await grader(messages)
  if (reply.kind !== 'text') throw new RangeError(`a grading model answers with text, not ${reply.kind}`)
  if (reply.text === null) {
    const reason = `the grading model did not answer: ${reply.unanswered ?? 'no text'}`
    return { score: { status: 'unscored', reason, grader: 'no_answer' } }
  }
  return { text: reply.text, details: { grader_output: reply.text.slice(0, MOST_SHOWN), ...(usage && { grader_usage: usage }) } }
}

/** Most characters of a grader's answer that a result shows. */
const MOST_SHOWN = 2000

function textsOf(template: PromptTemplate): string[] {
  return placeholdersOf(template).map(({ text }) => text)
}

/** Models read the last message of the user as the question. */
function withInstruction(messages: readonly PromptMessage[], instruction: string): PromptMessage[] {
  const part = { type: 'text', text: instruction } as const
  const last = messages.findLastIndex(({ role }) => role === 'user')
  if (last < 0) return [...messages, { role: 'user', content: [part] }]
  return messages.map((message, index) => (index === last ? { ...message, content: [...message.content, part] } : message))
}
