/**
 * The scorer port: one declaration says how an output is judged and how judgements become metrics. Planning,
 * row widths, the report, early stopping, prediction-powered means and the leaderboard all read the same
 * declaration.
 * @module
 */
import type { z } from 'zod'
import type { Item, TaskId } from '../contracts/item.ts'
import type { EmbeddedTexts, ModelAnswer, Output, OutputKind, OutputOf } from '../contracts/model.ts'
import type { PromptMessage } from '../contracts/prompt.ts'
import type { Sampling } from '../contracts/sampling.ts'
import type { ScorerReport } from '../contracts/report.ts'
import type { RunWarningCode } from '../contracts/run-warning.ts'
import type { ScorerSpec } from '../contracts/scorer-spec.ts'
import { isOf, type Task } from '../tasks/task.ts'
import type { AggregateInput, ItemOutput } from './aggregate-input.ts'
import { type Comparable, comparablesOfColumns } from './comparable.ts'
import type { LateReader } from './late-results.ts'
import type { Statistic } from './statistic.ts'

/** The schema of a scorer's specification. */
export type SpecSchema = z.ZodObject<{ type: z.ZodLiteral<string>; name: z.ZodString }>

/** The judgement of one item's output. */
export type ItemScore =
  | {
      readonly status: 'scored'
      /**
       * One number per column of the scorer. Reports are aggregated from these alone, and from kept
       * outputs.
       */
      readonly stats: readonly number[]
      /** Shown beside the sample; null where a single sample has no score. */
      readonly score: number | null
      readonly details?: Readonly<Record<string, unknown>>
      /** A reason to trust the score less, for the run to count. */
      readonly warning?: RunWarningCode
    }
  | {
      readonly status: 'unscored'
      readonly reason: string
      /** The fault of the grading model, if it has one. */
      readonly grader?: 'no_answer' | 'unreadable'
    }

/** Asks the grading model of a scorer. @throws {SampleError} a final failure: the result is *errored* */
export type GradingModel = (messages: readonly PromptMessage[]) => Promise<ModelAnswer>

/** Embeds texts by the model of a scorer. @throws {SampleError} a final failure: the result is *errored* */
export type GradingEmbedder = (texts: readonly string[]) => Promise<EmbeddedTexts>

/** A grading model as a scorer's specification names it. */
export interface GraderReference {
  /** `endpoint/model`. */
  readonly model: string
  /** `answers` to messages, or `embeddings` of texts. */
  readonly gives: 'answers' | 'embeddings'
  readonly sampling: Sampling
}

/** Everything a judgement may depend on. */
export interface ScoreContext<Spec, Of extends Item, Kind extends OutputKind> {
  readonly spec: Spec
  readonly item: Of
  readonly output: OutputOf<Kind>
  /** The scorer's grading model. Throws for a scorer that declares none. */
  readonly grader: GradingModel
  /** The same for a scorer whose model embeds. */
  readonly embed: GradingEmbedder
}

/** A scorer as its folder declares it, typed by its own specification, items and output. */
export interface ScorerDefinition<Schema extends SpecSchema, Of extends Item, Kind extends OutputKind> {
  /** Parses a specification from the wire and fills in defaults. */
  readonly spec: Schema
  /** Reads specifications stored before a parameter existed. `spec` unless given. */
  readonly storedSpec?: z.ZodType<z.output<Schema>>
  /** The tasks whose items can be scored. */
  readonly tasks: readonly Task<Of>[] | 'any'
  /** The kind of output that is judged; a function where a parameter decides. */
  readonly requires: Kind | ((spec: z.output<Schema>) => Kind)
  /** Names of the Float64 columns of a row. */
  readonly columns: readonly string[]
  /** Number of columns in rows stored before the newest change of `columns`. */
  readonly earlierColumns?: number
  /** Whether `aggregate` reads outputs too, which are then kept until the merge. */
  readonly keepsOutputs?: boolean
  /** Texts per item that are kept of embeddings; all unless given. */
  readonly textsKept?: number
  /** The model that judges, for a scorer that asks one. */
  grader?(spec: z.output<Schema>): GraderReference | null
  /** The metrics of the report. The first listed one is the primary metric. */
  statistics(spec: z.output<Schema>): readonly Statistic[]
  score(context: ScoreContext<z.output<Schema>, Of, NoInfer<Kind>>): ItemScore | Promise<ItemScore>
  /** Whether a scored item passes, from its columns. Not asked where `late` decides. */
  passes(spec: z.output<Schema>, stats: readonly number[]): boolean
  aggregate(spec: z.output<Schema>, input: AggregateInput<Of, NoInfer<Kind>>): ScorerReport
  /** Metrics that can be compared between two runs, beside those that are functions of columns. */
  compare?(spec: z.output<Schema>, input: AggregateInput<Of, NoInfer<Kind>>): readonly Comparable[]
  /** For scorers whose items get their result at the merge only. */
  readonly late?: LateReader
}

/** A scorer as the registry holds it. */
export interface Scorer {
  readonly type: string
  readonly spec: SpecSchema
  readonly tasks: readonly TaskId[] | 'any'
  readonly columns: readonly string[]
  readonly earlierColumns: number
  readonly keepsOutputs: boolean
  /** Infinity unless the scorer needs fewer. */
  readonly textsKept: number
  readonly late?: LateReader
  /** @throws {RangeError} when the specification is not one of this scorer. */
  bind(spec: ScorerSpec): BoundScorer
}

/** A scorer with one specification: what scoring, the merge and early stopping work with. */
export interface BoundScorer extends Omit<Scorer, 'bind' | 'spec'> {
  /** As stored. */
  readonly spec: ScorerSpec
  readonly name: string
  readonly requires: OutputKind
  readonly statistics: readonly Statistic[]
  /** null for a scorer that asks no model. */
  readonly grader: GraderReference | null
  /**
   * @throws {RangeError} for an item or output of another kind than declared, or without the grading model
   *   that the scorer needs
   */
  score(context: {
    readonly item: Item
    readonly output: Output
    readonly grader?: GradingModel | undefined
    readonly embed?: GradingEmbedder | undefined
  }): Promise<ItemScore>
  passes(stats: readonly number[]): boolean
  aggregate(input: AggregateInput): ScorerReport
  /** Whether a compared metric needs all rows at once, instead of columns alone. */
  readonly comparesOutcomes: boolean
  /** Units or sums of the input's scored rows, per metric that has a paired test. */
  comparables(input: AggregateInput): readonly Comparable[]
}

/**
 * Declares a scorer. Specification, item and output are checked here, once, so that a scorer's own code is
 * typed without casts.
 * @example
 * export const exactMatch = defineScorer({
 *   spec: z.strictObject({ type: z.literal('exact_match'), name: scorerName }),
 *   tasks: [vqa],
 *   requires: 'text',
 *   columns: ['correct'],
 *   statistics: () => [accuracy],
 *   score: ({ item, output }) => { … },
 *   passes: (_spec, [correct]) => correct === 1,
 *   aggregate: ({ name, type }, input) => ({
 *     name,
 *     type,
 *     primary_metric: 'accuracy',
 *     metrics: [measure(accuracy, input)],
 *   }),
 * })
 */
export function defineScorer<Schema extends SpecSchema, Of extends Item, Kind extends OutputKind>(
  definition: ScorerDefinition<Schema, Of, Kind>,
): Scorer {
  const { spec: schema, storedSpec = schema, tasks, requires, columns, late } = definition
  const type = schema.shape.type.value
  const isOwnItem = (item: Item): item is Of => tasks === 'any' || tasks.some((task) => isOf(task, item))
  const declared = {
    type,
    tasks: tasks === 'any' ? tasks : tasks.map(({ id }) => id),
    columns,
    earlierColumns: definition.earlierColumns ?? columns.length,
    keepsOutputs: definition.keepsOutputs ?? false,
    textsKept: definition.textsKept ?? Infinity,
    ...(late && { late }),
  } satisfies Omit<Scorer, 'bind' | 'spec'>
  return {
    ...declared,
    spec: schema,
    bind(stored) {
      const parsed = storedSpec.safeParse(stored)
      if (!parsed.success) throw new RangeError(`not a specification of scorer ${type}: ${parsed.error.message}`)
      const spec = parsed.data
      const required: Kind = typeof requires === 'function' ? requires(spec) : requires
      const isOwnOutput = (output: Output): output is OutputOf<Kind> => output.kind === required
      const isOwnEntry = (entry: ItemOutput): entry is ItemOutput<Of, Kind> =>
        isOwnItem(entry.item) && (entry.output === null || isOwnOutput(entry.output))
      const statistics = definition.statistics(spec)
      const ownInput = (input: AggregateInput) => ({ ...input, outputs: input.outputs.filter(isOwnEntry) })
      return {
        ...declared,
        spec: stored,
        name: stored.name,
        requires: required,
        statistics,
        grader: definition.grader?.(spec) ?? null,
        score: async ({ item, output, grader = noGrader(type), embed = noGrader(type) }) => {
          if (!isOwnItem(item)) throw new RangeError(`scorer ${type} does not score ${item.task} items`)
          if (!isOwnOutput(output)) throw new RangeError(`scorer ${type} reads ${required}, not ${output.kind}`)
          return definition.score({ spec, item, output, grader, embed })
        },
        passes: (stats) => definition.passes(spec, stats),
        aggregate: (input) => definition.aggregate(spec, ownInput(input)),
        comparesOutcomes: definition.compare !== undefined,
        comparables: (input) => [
          ...comparablesOfColumns(statistics, input),
          ...(definition.compare?.(spec, ownInput(input)) ?? []),
        ],
      }
    },
  }
}

const noGrader = (type: string) => () => Promise.reject(new RangeError(`scorer ${type} has no grading model`))
