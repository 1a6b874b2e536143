/**
 * The model kind `samples`: outputs that came with the items, as `sample.output_text`.
 * @module
 */
import { displayName } from '../../contracts/display-name.ts'
import { z } from 'zod'
import type { Model, ModelIdentityOf, OutputKind } from '../../contracts/model.ts'
import { custom } from '../../tasks/custom/task.ts'
import { isOf } from '../../tasks/task.ts'
import type { ModelKind } from '../model-kind.ts'

declare module '../../contracts/model.ts' {
  interface ModelIdentities {
    samples: { readonly type: 'samples'; readonly name: string }
  }
}

const reference = z
  .strictObject({
    type: z.literal('samples'),
    name: displayName(128).min(1).default('jsonl').describe('The name of the system that produced the samples.'),
  })
  .describe('The samples that came with the items of a custom dataset.')

/** Nothing is called for a sample, so only a grading model limits the items in progress. */
const CONCURRENCY = 64

/** The samples are part of the dataset's digest, so the identity needs no digest of its own. */
export const samplesKind: ModelKind<unknown, typeof reference, ModelIdentityOf<'samples'>> = {
  reference,
  connect: () => ({
    resolve: async ({ reference: { name } }) => ({
      identity: { type: 'samples', name },
      concurrency: CONCURRENCY,
      queue: 'edge',
      supports: samplesSupport,
      prepare: async () => {},
    }),
    open: async ({ identity }) => createSamplesModel(identity),
  }),
}

function createSamplesModel(identity: ModelIdentityOf<'samples'>): Model {
  return {
    identity,
    concurrency: CONCURRENCY,
    supports: samplesSupport,
    async run({ item, output }) {
      const supported = samplesSupport(item.task, output)
      if (supported !== true || !isOf(custom, item)) throw new Error(`the plan should have refused this: ${supported}`)
      const text = item.sample?.['output_text']
      return {
        output:
          typeof text === 'string'
            ? { kind: 'text', text }
            : { kind: 'text', text: null, unanswered: 'the item came without sample.output_text' },
        calls: 0,
      }
    },
  }
}

/**
 * Whether samples are an output for a task: true, or a sentence with the reason why not.
 * @internal
 */
export function samplesSupport(task: string, output: OutputKind): true | string {
  if (task !== 'custom') return `${task} items bring no samples; name the model that answers`
  return output === 'text' || `samples are texts, not ${output}; use a criterion that reads texts`
}
