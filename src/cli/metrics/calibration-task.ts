/**
 * `metrics calibration`.
 * @module
 */
import { type Calibration, calibrationAt, calibrationOf, fitTemperature } from '../../metrics/calibration.ts'
import { UsageError } from '../arguments.ts'
import { EXAMPLE } from '../example.ts'
import { type MetricsTask, readJson, vectorsOf } from './task.ts'

export const calibration: MetricsTask = {
  usage: 'metrics calibration --predictions P.json [--bins 15]',
  examples: [`${EXAMPLE} metrics calibration --predictions test/golden/calibration/predictions.json`],
  options: { predictions: true, bins: false },
  async run(options, io) {
    const path = options.get('predictions')
    const file = await readJson(path, io)
    const bins = options.positiveInteger('bins')
    const right = answersOf(file, path)
    const kind = rowsKind(file, path)
    const rows = vectorsOf(file, kind, path)
    if (kind === 'probabilities') return printed(calibrationOf(rows, right, bins))
    const { temperature } = fitTemperature(rows, right)
    return {
      ...printed(calibrationAt(rows, right, 1, bins)),
      fitted: { temperature, ...printed(calibrationAt(rows, right, temperature, bins)) },
    }
  },
}

/** Empty bins have no averages, and JSON has no NaN. */
function printed({ bins, ...measures }: Calibration) {
  return { ...measures, bins: bins.filter(({ n }) => n > 0) }
}

function rowsKind(file: unknown, path: string): 'logits' | 'probabilities' {
  const { logits, probabilities } = (file ?? {}) as Record<string, unknown>
  if ((logits === undefined) === (probabilities === undefined))
    throw new UsageError(`${path} must have /logits or /probabilities: a row per picture, a number per candidate`)
  return logits === undefined ? 'probabilities' : 'logits'
}

function answersOf(file: unknown, path: string): number[] {
  const { answers } = (file ?? {}) as Record<string, unknown>
  if (!Array.isArray(answers) || !answers.every(Number.isInteger))
    throw new UsageError(`${path}: /answers must be an array with the index of each picture’s right candidate`)
  return answers as number[]
}
