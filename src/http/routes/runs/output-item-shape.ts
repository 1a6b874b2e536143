/**
 * A sample of a run in its wire shape, and its id.
 * @module
 */
import type { Item } from '../../../contracts/item.ts'
import type { RunRecord, SampleEvidence } from '../../../contracts/run.ts'
import type { Sampling } from '../../../contracts/sampling.ts'
import { custom } from '../../../tasks/custom/task.ts'
import { taskOf } from '../../../tasks/registry.ts'
import { isOf } from '../../../tasks/task.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import { type OutputItem, pictureSent } from './output-item-schema.ts'
import { modelName } from './run-shape.ts'

/**
 * OpenAI's eval.run.output_item. Its status agrees with the run's `result_counts`: a sample that could not be
 * scored is an error, never a failure.
 * @param item - null if the dataset was deleted after the end of the run
 */
export function outputItemShape(run: RunRecord, item: Item | null, sample: SampleEvidence): OutputItem {
  const usage = sample.usage ?? { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
  const sent = pictureSent.array().safeParse(sample.trace?.['pictures_sent'])
  const scored = sample.results.every(({ status }) => status === 'scored')
  const passed = sample.results.every(({ passed: ok }) => ok)
  return {
    object: 'eval.run.output_item',
    id: outputItemId(run, sample.ordinal),
    run_id: run.id,
    eval_id: run.evalId,
    created_at: unixSeconds(run.createdAt),
    status: sample.error || !scored ? 'error' : passed ? 'pass' : 'fail',
    datasource_item_id: item !== null && isOf(custom, item) ? (item.position ?? sample.ordinal) : sample.ordinal,
    datasource_item: itemShape(item, sample),
    results: sample.results.map((result) => ({ ...result })),
    warnings: [...(sample.warnings ?? [])],
    sample: {
      input: inputOf(run, item),
      output: typeof sample.output === 'string' ? [{ role: 'assistant', content: sample.output }] : [],
      finish_reason: typeof sample.trace?.['finish_reason'] === 'string' ? sample.trace['finish_reason'] : null,
      ...(sent.success && { pictures_sent: sent.data }),
      ...(Array.isArray(sample.trace?.['tool_calls']) && { output_tools: sample.trace['tool_calls'] as unknown[] }),
      model: modelName(run),
      usage: { ...usage, cached_tokens: 0 },
      error: sample.error ?? null,
      ...samplingOf(run),
    },
  }
}

/** A user's own item is shown as it was given. */
function itemShape(item: Item | null, { item_id: id }: SampleEvidence): OutputItem['datasource_item'] {
  if (item === null) return { id }
  if (isOf(custom, item)) return item.item
  // The labels of a whole dataset are not repeated with each of its items.
  const { candidates: _labels, ...own } = item
  return own
}

function samplingOf({ spec: { subject } }: RunRecord) {
  const { temperature, top_p, seed, max_completion_tokens } = 'sampling' in subject ? subject.sampling : ({} as Sampling)
  return {
    temperature: temperature ?? null,
    top_p: top_p ?? null,
    seed: seed ?? null,
    max_completion_tokens: max_completion_tokens ?? null,
  }
}

/** The messages as texts: those of the run's template, or the item's question. */
function inputOf({ spec: { subject } }: RunRecord, item: Item | null): OutputItem['sample']['input'] {
  const prompt = item && taskOf(item.task).prompt
  if (item === null || prompt === null) return []
  if (!('prompt' in subject) || subject.prompt === undefined) return isOf(custom, item) ? [] : asked(prompt.question(item))
  if (typeof subject.prompt === 'string' && !isOf(custom, item)) return asked(prompt.question(item))
  try {
    return prompt.render(subject.prompt, item).map(({ role, content }) => ({
      role,
      content: content.map((part) => (part.type === 'text' ? part.text : '[image]')).join('\n'),
    }))
  } catch {
    // The sample's error says why this item could not be asked.
    return []
  }
}

function asked(question: string | null): OutputItem['sample']['input'] {
  return question === null ? [] : [{ role: 'user', content: question }]
}

/** Ordinals are stable, so an item's id is its place in its run. */
function outputItemId(run: RunRecord, ordinal: number): string {
  return `outputitem_${run.id.replace(/^evalrun_/, '')}_${ordinal}`
}

/** null for an id of another run. */
export function ordinalOfOutputItem(run: RunRecord, id: string): number | null {
  const ordinal = new RegExp(`^outputitem_${run.id.replace(/^evalrun_/, '')}_(\\d{1,9})$`).exec(id)?.[1]
  return ordinal !== undefined && Number(ordinal) < run.spec.selection.count ? Number(ordinal) : null
}
