/**
 * Models whose outputs were uploaded: an official results file, or scores.
 * @module
 */
import { choicesOf, type Item, type TaskId } from '../../contracts/item.ts'
import type { LabelsOutput, Model, ModelIdentityOf, OutputKind, ProposedSegment, RotationsOutput } from '../../contracts/model.ts'
import { taskOf } from '../../tasks/registry.ts'

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
          return { output: { kind: 'text', text: textOf(item, recorded) }, calls: 0 }
        case 'labels':
          return { output: labelsOf(item, recorded), calls: 0 }
        case 'rotations':
          return { output: rotationsOf(item, recorded), calls: 0 }
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
  const { chooses, rotated } = taskOf(task)
  if (rotated !== undefined && output === 'rotations') return true
  if (output !== held && !(chooses && output === 'labels'))
    return `results files of ${task} datasets hold ${held}, not ${output}; use a model that gives it`
  return true
}

/** Whether uploaded scores are an output for a task: true, or a sentence with the reason why not. */
export function scoresSupport(_task: TaskId, output: OutputKind): true | string {
  return output === 'score' || `uploaded scores are a number per item, not ${output}; upload results (type results)`
}

/** A label that is judged as a text is the first one named. */
function textOf(item: Item, recorded: string | null): string | null {
  if (recorded === null || !taskOf(item.task).chooses) return recorded
  return choicesOf(item)[readPlaces(recorded)[0]!]?.label ?? null
}

/** Places stored from a results file. Only those of labels were checked as it was read. */
const readPlaces = (recorded: string): readonly number[] => JSON.parse(recorded) as number[]

function labelsOf(item: Item, recorded: string | null): LabelsOutput {
  if (recorded === null) return { kind: 'labels', ranked: null }
  const { options } = item
  // The other options of a list belong to the rotations of the item.
  const places = options === undefined ? readPlaces(recorded) : readPlaces(recorded).slice(0, 1)
  const unanswered = options && noOption(places, options.length)
  return unanswered === undefined
    ? { kind: 'labels', ranked: places.map((index) => ({ index, cosine: null })) }
    : { kind: 'labels', ranked: null, unanswered }
}

function rotationsOf({ options = [] }: Item, recorded: string | null): RotationsOutput {
  if (recorded === null) return { kind: 'rotations', chosen: null }
  const { length } = options
  const shown = readPlaces(recorded)
  const unanswered =
    shown.length === length
      ? noOption(shown, length)
      : `the file has ${shown.length} answers, and the ${length} options have ${length} rotations`
  if (unanswered !== undefined) return { kind: 'rotations', chosen: null, unanswered }
  return { kind: 'rotations', chosen: shown.map((place, by) => (place + by) % length) }
}

const noOption = (places: readonly number[], count: number): string | undefined =>
  places.every((place) => place < count) ? undefined : `the answer names an option after the last of ${count}`

/** Segments stored from a results file that the official reader accepted. */
function readSegments(recorded: string): readonly ProposedSegment[] {
  return JSON.parse(recorded) as ProposedSegment[]
}
