/**
 * Evals, runs and output items that a client of OpenAI's Evals API saved: objects, lists or lines of JSON.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { isRecord } from '../../files/json.ts'
import { UsageError } from '../arguments.ts'

type Members = Readonly<Record<string, unknown>>

export interface SavedEval extends Members {
  readonly id: string
  readonly data_source_config: Members
  readonly testing_criteria: readonly Members[]
}

export interface SavedRun extends Members {
  readonly id: string
  readonly eval_id: string
}

export interface SavedItem extends Members {
  readonly id: string
  readonly eval_id: string
  readonly run_id: string
  readonly datasource_item: Members
  readonly datasource_item_id: number
  readonly results: readonly SavedResult[]
}

/** A grade as it was given. */
export interface SavedResult {
  /** The criterion's name, at OpenAI followed by a hyphen and a UUID. */
  readonly name: string
  readonly passed: boolean
}

export interface SavedEvals {
  /** By id. Of two objects with one id the later counts. */
  readonly evals: ReadonlyMap<string, SavedEval>
  /** By id; also runs of which only output items were saved. */
  readonly runs: ReadonlyMap<string, SavedRun>
  /** By run, in the order of the run's data source. */
  readonly items: ReadonlyMap<string, readonly SavedItem[]>
}

interface Read {
  readonly evals: Map<string, SavedEval>
  readonly runs: Map<string, SavedRun>
  /** By id. */
  readonly items: Map<string, SavedItem>
}

/**
 * Reads files of saved objects. Each file is one JSON value or one value per line: an object, a list of
 * objects, or a page of the API (`{"object": "list", "data": […]}`).
 * @throws {UsageError} naming the file, the line and the member
 */
export async function readSavedEvals(paths: readonly string[]): Promise<SavedEvals> {
  const read: Read = { evals: new Map(), runs: new Map(), items: new Map() }
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch((error: Error) => {
      throw new UsageError(`cannot read ${path}: ${error.message}`, { cause: error })
    })
    for (const { place, value } of valuesOf(path, text)) keep(read, value, place)
  }
  const items = Map.groupBy(
    [...read.items.values()].toSorted((a, b) => a.datasource_item_id - b.datasource_item_id),
    (item) => item.run_id,
  )
  for (const [run, [first]] of items) if (!read.runs.has(run)) read.runs.set(run, { id: run, eval_id: first!.eval_id })
  return { evals: read.evals, runs: read.runs, items }
}

function* valuesOf(path: string, text: string): Generator<{ place: string; value: unknown }> {
  const whole = parsed(text)
  if (whole !== undefined) {
    yield { place: path, value: whole }
    return
  }
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const value = parsed(line)
    if (value === undefined) throw new UsageError(`${path}, line ${index + 1}: is not JSON`)
    yield { place: `${path}, line ${index + 1}`, value }
  }
}

/** Undefined for a text that is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown
  } catch {
    return undefined
  }
}

function keep(read: Read, value: unknown, place: string): void {
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) keep(read, each, `${place}/${index}`)
    return
  }
  if (!isRecord(value)) throw new UsageError(`${place}: is not an object`)
  const of = reader(value, place)
  switch (value['object']) {
    case 'list':
      return keep(read, value['data'] ?? [], `${place}/data`)
    case 'eval': {
      const criteria = of.list('testing_criteria').map((each, index) => asRecord(each, `${place}/testing_criteria/${index}`))
      const own = { id: of.text('id'), data_source_config: of.record('data_source_config'), testing_criteria: criteria }
      return void read.evals.set(own.id, { ...value, ...own })
    }
    case 'eval.run': {
      const own = { id: of.text('id'), eval_id: of.text('eval_id') }
      return void read.runs.set(own.id, { ...value, ...own })
    }
    case 'eval.run.output_item': {
      const own = {
        id: of.text('id'),
        eval_id: of.text('eval_id'),
        run_id: of.text('run_id'),
        datasource_item: of.record('datasource_item'),
        datasource_item_id: of.number('datasource_item_id'),
        results: of.list('results').flatMap(resultOf),
      }
      return void read.items.set(own.id, { ...value, ...own })
    }
    default:
      throw new UsageError(`${place}/object: must be list, eval, eval.run or eval.run.output_item, is ${shown(value['object'])}`)
  }
}

/** None of a result without a verdict. Another Assay says `passed: false` of what it could not score. */
function resultOf(value: unknown): SavedResult[] {
  if (!isRecord(value)) return []
  const { name, passed, status = 'scored' } = value
  return status === 'scored' && typeof name === 'string' && typeof passed === 'boolean' ? [{ name, passed }] : []
}

function reader(value: Members, place: string) {
  const member = <T>(name: string, what: string, is: (given: unknown) => given is T): T => {
    const given = value[name]
    if (!is(given)) throw new UsageError(`${place}/${name}: must be ${what}, is ${shown(given)}`)
    return given
  }
  return {
    text: (name: string) => member(name, 'a text', (given) => typeof given === 'string'),
    number: (name: string) => member(name, 'a number', (given) => typeof given === 'number'),
    record: (name: string) => member(name, 'an object', isRecord),
    list: (name: string) => member(name, 'a list', (given): given is unknown[] => Array.isArray(given)),
  }
}

function asRecord(value: unknown, place: string): Members {
  if (!isRecord(value)) throw new UsageError(`${place}: must be an object, is ${shown(value)}`)
  return value
}

const shown = (value: unknown): string => (value === undefined ? 'missing' : JSON.stringify(value).slice(0, 60))
