/**
 * Times and memory of a load, as numbers and as a table.
 * @module
 */
import { type Column, formatTable } from '../../src/cli/table.ts'
import type { Sample } from './clients.ts'

/** A moment of the isolate that answers, in bytes. */
export interface Moment {
  /** Seconds since the load began. */
  readonly at: number
  /** V8's objects, buffers, and the memory of ONNX Runtime. */
  readonly bytes: number
}

export interface Kind {
  readonly kind: string
  readonly requests: number
  readonly errors: number
  readonly p50: number
  readonly p99: number
  readonly largest: number
}

export interface Summary {
  readonly clients: number
  readonly seconds: number
  readonly kinds: readonly Kind[]
  /** The first words of up to ten different errors. */
  readonly errors: readonly string[]
  readonly memory: {
    readonly peakMegabytes: number
    /** Mean of the last third of the time minus that of the second. */
    readonly growthMegabytes: number
    readonly readings: number
  }
  readonly passed: boolean
}

const MOST_GROWTH_MEGABYTES = 20

export function summarize(clients: number, seconds: number, samples: readonly Sample[], moments: readonly Moment[]): Summary {
  const names = [...new Set(samples.map(({ kind }) => kind))].toSorted()
  const kinds = [
    ...names.map((name) =>
      kindOf(
        name,
        samples.filter(({ kind }) => kind === name),
      ),
    ),
    kindOf('all', samples),
  ]
  const errors = [
    ...new Set(samples.flatMap(({ error, status, kind }) => (error === null ? [] : [`${kind} ${status}: ${error}`]))),
  ]
  const third = (index: number) =>
    mean(moments.filter(({ at }) => Math.floor((3 * at) / seconds) === index).map(({ bytes }) => bytes))
  const memory = {
    peakMegabytes: Math.max(...moments.map(({ bytes }) => bytes)) / 1e6,
    growthMegabytes: (third(2) - third(1)) / 1e6,
    readings: moments.length,
  }
  const passed = samples.length > 0 && errors.length === 0 && memory.growthMegabytes <= MOST_GROWTH_MEGABYTES
  return { clients, seconds, kinds, errors: errors.slice(0, 10), memory, passed }
}

export function tableOf({ clients, seconds, kinds, errors, memory, passed }: Summary): string {
  const number = (title: string, cell: (row: Kind) => number): Column<Kind> => ({
    title,
    cell: (row) => cell(row).toFixed(0),
    right: true,
  })
  const columns: readonly Column<Kind>[] = [
    { title: 'request', cell: ({ kind }) => kind },
    number('n', ({ requests }) => requests),
    number('errors', ({ errors: failed }) => failed),
    number('median ms', ({ p50 }) => p50),
    number('p99 ms', ({ p99 }) => p99),
    number('largest ms', ({ largest }) => largest),
  ]
  return [
    `${clients} clients for ${seconds} s`,
    formatTable(columns, kinds),
    `memory: at most ${memory.peakMegabytes.toFixed(1)} MB in ${memory.readings} readings; ${memory.growthMegabytes.toFixed(1)} MB more in the last third than in the second`,
    ...errors.map((error) => `error: ${error}`),
    passed ? 'passed' : 'FAILED',
  ].join('\n')
}

function kindOf(kind: string, samples: readonly Sample[]): Kind {
  const times = samples.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b)
  const rank = (share: number) => times[Math.min(times.length - 1, Math.ceil(share * times.length) - 1)] ?? Number.NaN
  const errors = samples.filter(({ error }) => error !== null).length
  return { kind, requests: times.length, errors, p50: rank(0.5), p99: rank(0.99), largest: times.at(-1) ?? Number.NaN }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
