/**
 * Models whose outputs were uploaded: an official results file, or scores.
 * @module
 */
import type { TaskId } from '../../contracts/item.ts'
import type { Model, ModelIdentityOf, OutputKind, ProposedSegment } from '../../contracts/model.ts'

/** The recorded text of an item, by the item's id; null or undefined if the file has none. */
export type Lookup = (id: string) => string | null | undefined

/**
 * A missing answer is *unscored*, and the scorer counts it. Files that the official scorer would reject as
 * incomplete are rejected at upload.
 */
export function createRecordedResults(identity: ModelIdentityOf<'results'>, lookup: Lookup): Model {
  return {
    identity,
    concurrency: 1,
    supports: resultsSupport,
    async run({ item, output }) {
      const recorded = lookup(item.id) ?? null
      switch (output) {
        case 'text':
          return { output: { kind: 'text', text: recorded }, calls: 0 }
        case 'segments':
          return { output: { kind: 'segments', segments: recorded === null ? null : readSegments(recorded) }, calls: 0 }
        default:
          throw new Error(`the plan should have refused this: ${resultsSupport(item.task, output)}`)
      }
    },
  }
}

/** @param lookup - scores as JSON numbers in [0, 1] */
export function createRecordedScores(identity: ModelIdentityOf<'scores'>, lookup: Lookup): Model {
  return {
    identity,
    concurrency: 1,
    supports: scoresSupport,
    async run({ item, output }) {
      if (output !== 'score') throw new Error(`the plan should have refused this: ${scoresSupport(item.task, output)}`)
      const recorded = lookup(item.id) ?? null
      return { output: { kind: 'score', score: recorded === null ? null : Number(recorded) }, calls: 0 }
    },
  }
}

/** Whether results files hold an output for a task: true, or a sentence with the reason why not. */
export function resultsSupport(task: TaskId, output: OutputKind): true | string {
  if (task === 'retrieval')
    return `results files are not read for retrieval datasets; use a subject of type edge_model, or upload scores (type scores)`
  const held = task === 'step_localization' ? 'segments' : 'text'
  if (output !== held) return `results files of ${task} datasets hold ${held}, not ${output}; use a model that gives it`
  return true
}

/** Whether uploaded scores are an output for a task: true, or a sentence with the reason why not. */
export function scoresSupport(_task: TaskId, output: OutputKind): true | string {
  return output === 'score' || `uploaded scores are a number per item, not ${output}; upload results (type results)`
}

/** Segments stored from a results file that the official reader accepted. */
function readSegments(recorded: string): readonly ProposedSegment[] {
  return JSON.parse(recorded) as ProposedSegment[]
}
