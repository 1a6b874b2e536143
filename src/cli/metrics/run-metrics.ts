/**
 * `assay metrics <task> …`: one JSON object with full precision on stdout, progress on stderr; status 2 and one line for bad input, status 1 where an option
 * such as `--fail-on` asks for it.
 * @module
 */
import { Fault } from '../../contracts/failure.ts'
import { nlvr2, vqaV2 } from './answer-tasks.ts'
import { cocoCaptions, msvdCaptions, ptbTokenizeTask } from './caption-tasks.ts'
import { compare } from './compare-task.ts'
import { clipscore, retrieval, textVideoRetrieval } from './embedding-tasks.ts'
import { coin, humanCorrelation, spiceTask } from './structure-tasks.ts'
import { UnmatchedPairsError } from '../../statistics/pairing.ts'
import { isHelp, type MetricsTask, parseOptions, type TerminalIo, UsageError } from './task.ts'

const TASKS: Readonly<Record<string, MetricsTask>> = {
  'coco-captions': cocoCaptions,
  'vqa-v2': vqaV2,
  nlvr2,
  'msvd-captions': msvdCaptions,
  retrieval,
  'text-video-retrieval': textVideoRetrieval,
  clipscore,
  coin,
  spice: spiceTask,
  'human-correlation': humanCorrelation,
  'ptb-tokenize': ptbTokenizeTask,
  compare,
}

/**
 * Runs one task.
 * @param argv - the task's name and its options.
 * @returns the exit status: 0, 1 for a result that an option calls a failure, 2 for bad usage or input.
 */
export async function runMetrics(argv: readonly string[], io: TerminalIo): Promise<number> {
  const [name, ...rest] = argv
  try {
    if (name === undefined || isHelp(name)) {
      io.stderr(`${helpText()}\n`)
      return name === undefined ? 2 : 0
    }
    const task = Object.hasOwn(TASKS, name) ? TASKS[name] : undefined
    if (task === undefined) throw new UsageError(`unknown task ${JSON.stringify(name)}; tasks: ${Object.keys(TASKS).join(', ')}`)
    if (rest.some((argument) => argument === '--help' || argument === '-h')) {
      io.stderr(`usage:\n  assay ${task.usage}\n`)
      return 0
    }
    const options = parseOptions(task, rest)
    const output = await task.run(options, io)
    io.stdout(typeof output === 'string' ? output : `${JSON.stringify(output)}\n`)
    return task.fails?.(output, options) === true ? 1 : 0
  } catch (error) {
    // metrics refuse impossible numbers with a RangeError
    const isBadInput =
      error instanceof UsageError || error instanceof Fault || error instanceof RangeError || error instanceof UnmatchedPairsError
    if (!isBadInput) throw error
    io.stderr(`assay: ${oneLine(error.message)}\n`)
    return 2
  }
}

function oneLine(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
}

function helpText(): string {
  return ['usage:', ...Object.values(TASKS).map(({ usage }) => `  assay ${usage}`)].join('\n')
}
