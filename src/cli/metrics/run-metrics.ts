/**
 * `assay metrics <task> …`: one JSON object with full precision on stdout, progress on stderr.
 *
 * Status 2 and one line for bad input; status 1 if an option such as `--fail-on` asks for it.
 * @module
 */
import { Fault } from '../../contracts/failure.ts'
import { UnmatchedPairsError } from '../../statistics/pairing.ts'
import { readArguments, UsageError } from '../arguments.ts'
import { dispatch, type Leaf } from '../dispatch.ts'
import { nlvr2, vqaV2 } from './answer-tasks.ts'
import { calibration } from './calibration-task.ts'
import { cocoCaptions, msvdCaptions, ptbTokenizeTask } from './caption-tasks.ts'
import { compare } from './compare-task.ts'
import { clipscore, contrastive, retrieval, textVideoRetrieval } from './embedding-tasks.ts'
import { catalogue, coin, humanCorrelation, spiceTask } from './structure-tasks.ts'
import { type MetricsTask, Options, type TerminalIo } from './task.ts'

const TASKS: Readonly<Record<string, MetricsTask>> = {
  'coco-captions': cocoCaptions,
  'vqa-v2': vqaV2,
  nlvr2,
  'msvd-captions': msvdCaptions,
  retrieval,
  'text-video-retrieval': textVideoRetrieval,
  clipscore,
  contrastive,
  calibration,
  coin,
  spice: spiceTask,
  'human-correlation': humanCorrelation,
  'ptb-tokenize': ptbTokenizeTask,
  compare,
  catalogue,
}

/** @internal */
export const METRICS_COMMANDS: Readonly<Record<string, Leaf<TerminalIo>>> = Object.fromEntries(
  Object.entries(TASKS).map(([name, task]) => [name, leafOf(task)]),
)

/**
 * Runs one task.
 * @param argv - the task's name and its options
 * @returns the exit status: 0, 1 for a result that an option calls a failure, 2 for bad usage or input
 */
export function runMetrics(argv: readonly string[], io: TerminalIo): Promise<number> {
  return dispatch('assay metrics', { noun: 'task', commands: METRICS_COMMANDS }, argv, io)
}

function leafOf(task: MetricsTask): Leaf<TerminalIo> {
  const rules = { options: task.options, flags: [...(task.flags ?? []), 'json'] }
  return {
    usage: task.usage,
    examples: task.examples,
    async run(argv, io) {
      const { values, flags } = readArguments(rules, argv, task.usage)
      const options = new Options(values, flags)
      const output = await refusingBadInput(() => task.run(options, io))
      io.stdout(typeof output === 'string' ? output : `${JSON.stringify(output)}\n`)
      return task.fails?.(output, options) === true ? 1 : 0
    },
  }
}

/** Metrics refuse impossible numbers with a RangeError; readers refuse files with a Fault. */
async function refusingBadInput<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    const isBadInput = error instanceof Fault || error instanceof RangeError || error instanceof UnmatchedPairsError
    throw isBadInput ? new UsageError(error.message, { cause: error }) : error
  }
}
