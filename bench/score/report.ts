/**
 * Prints the measurements.
 * @module
 */
import type { Timed } from './client.ts'
import { mean, median, quantile, table } from './summary.ts'
import type { TowerName } from './towers.ts'

/** Aims of the main job (issue 2). */
const AIMS = { inferenceRatio: 2.2, restMilliseconds: 3, firstRequestMilliseconds: 1000 }

export interface Measured {
  readonly answers: readonly Timed[]
  /** The same with a cached picture. */
  readonly hits: readonly Timed[]
  /** `GET /healthz` beside each, in ms: the cost of HTTP alone. */
  readonly health: readonly number[]
  /** Milliseconds of each run, wall time and CPU. */
  readonly towers: ReadonlyMap<TowerName, { readonly wall: readonly number[]; readonly cpu: readonly number[] }>
  /** Mean CPU of the workerd process per request, in ms. */
  readonly cpu: { readonly score: number | undefined; readonly health: number | undefined }
  /** The first request after a start, and the first after opening the page. */
  readonly first: { readonly cold: readonly number[]; readonly warm: readonly number[] }
}

export function report({ answers, hits, health, towers, cpu, first }: Measured): string {
  const whole = answers.map(({ milliseconds }) => milliseconds)
  const half = answers.filter(({ milliseconds }) => milliseconds <= median(whole))
  const stage = (...names: string[]): number =>
    mean(half.map(({ stages }) => names.reduce((sum, name) => sum + (stages.get(name) ?? 0), 0)))
  const split = {
    'hash, recall': stage('recall'),
    decode: stage('header', 'decode'),
    resize: stage('resize', 'normalize'),
    tokenize: stage('tokenize'),
    'infer: vision': stage('infer_image'),
    'infer: text': stage('infer_text'),
  }
  const total = mean(half.map(({ milliseconds }) => milliseconds))
  const rest = total - Object.values(split).reduce((sum, value) => sum + value, 0)
  const outside = total - split['infer: vision'] - split['infer: text']

  const wall = (name: TowerName): number | undefined => (towers.has(name) ? median(towers.get(name)!.wall) : undefined)
  const used = (name: TowerName): number | undefined => (towers.has(name) ? mean(towers.get(name)!.cpu) : undefined)
  const ratio = wall('vision native fp32') && split['infer: vision'] / wall('vision native fp32')!
  const cpuRatio = used('vision native fp32') && used('vision wasm int8')! / used('vision native fp32')!

  const towerRow = (tower: 'vision' | 'text'): string[] => [
    tower,
    ms(split[`infer: ${tower}`]),
    ...(['wasm int8', 'native int8', 'native fp32'] as const).flatMap((runtime) => [
      ms(wall(`${tower} ${runtime}`)),
      ms(used(`${tower} ${runtime}`)),
    ]),
  ]

  return [
    `whole request, by the client: median ${ms(median(whole))} ms, p99 ${ms(quantile(whole, 0.99))} ms; ` +
      `GET /healthz beside it: median ${ms(median(health))} ms`,
    `a picture embedded before: median ${ms(median(hits.map(({ milliseconds }) => milliseconds)))} ms, ` +
      `p99 ${ms(
        quantile(
          hits.map(({ milliseconds }) => milliseconds),
          0.99,
        ),
      )} ms`,
    `CPU of workerd: ${ms(cpu.score)} ms a request, ${ms(cpu.health)} ms a GET /healthz`,
    '',
    table([
      ['the faster half, mean ms', ...Object.keys(split), 'rest', 'whole'],
      ['POST /v1/score', ...Object.values(split).map(ms), ms(rest), ms(total)],
    ]),
    '',
    table([
      ['infer, ms', 'Worker', 'wasm in Node', 'CPU', 'native int8', 'CPU', 'native fp32', 'CPU'],
      towerRow('vision'),
      towerRow('text'),
    ]),
    '',
    aim('int8 vision in the Worker against native fp32', ratio, AIMS.inferenceRatio, '×'),
    aim('the same in CPU time, wasm in this process', cpuRatio, AIMS.inferenceRatio, '×'),
    aim('everything that is not inference', outside, AIMS.restMilliseconds, 'ms'),
    aim(`first request after a start, median of ${first.cold.length}`, median(first.cold), AIMS.firstRequestMilliseconds, 'ms'),
    aim(
      `first request after the page was opened, median of ${first.warm.length}`,
      median(first.warm),
      AIMS.firstRequestMilliseconds,
      'ms',
    ),
    '',
  ].join('\n')
}

const ms = (value: number | undefined): string => (value === undefined ? 'skipped' : value.toFixed(2))

function aim(name: string, value: number | undefined, most: number, unit: string): string {
  const mark = value === undefined ? '–' : value <= most ? '✓' : '✗'
  return `${mark} ${name}: ${value === undefined ? 'skipped, no fp32 export here' : `${value.toFixed(2)} ${unit}`} (aim ≤ ${most})`
}
