/**
 * NLVR2: examples (JSON Lines in files named `.json`), predictions (CSV without header) and the category annotations of the
 * development set. lil-lab/nlvr @1892484.
 * @module
 */
import { Fault } from '../../../contracts/failure.ts'
import { isRecord } from '../../../files/json.ts'
import { firstFew, Problems } from '../../../files/problems.ts'

export interface Nlvr2Example {
  /** `split-set-pair-sentence`, e.g. `dev-850-0-0`. */
  readonly identifier: string
  readonly sentence: string
  /** As the file spells it: `True` or `False`, in any letter case. */
  readonly label: string
  /** Stems under which the picture of each side is stored, e.g. `dev-850-0-img0`. */
  readonly image_names: readonly [left: string, right: string]
}

/**
 * Reads examples, a JSON object a line.
 * @throws {Fault} `unprocessable`; `/12/label` points into the 13th line. Blank lines are refused, as `json.loads` does, but for a
 * line feed at the end of the file.
 */
export function readNlvr2(text: string): Nlvr2Example[] {
  const problems = new Problems('examples')
  const examples: Nlvr2Example[] = []
  const seen = new Map<string, number>()
  linesOf(text).forEach((line, index) => {
    const example = nlvr2Example(line, index, problems)
    if (example === undefined) return
    const { identifier } = example
    const first = seen.get(identifier)
    if (first !== undefined) problems.note(`/${index}/identifier`, `${identifier} was already used by line ${first + 1}`)
    else seen.set(identifier, index)
    examples.push(example)
  })
  if (examples.length === 0 && problems.count === 0) problems.note('', 'holds no example')
  problems.throwIfAny()
  return examples
}

/** Checks one line; notes what is wrong with it. */
export function nlvr2Example(line: string, index: number, problems: Problems): Nlvr2Example | undefined {
  const record = parseLine(line, index, problems)
  if (record === undefined) return undefined
  const identifier = problems.string(record['identifier'], `/${index}/identifier`)
  const label = problems.string(record['label'], `/${index}/label`)
  const sentence = problems.text(record['sentence'], `/${index}/sentence`)
  if (identifier === undefined || label === undefined || sentence === undefined) return undefined
  const parts = identifier.split('-')
  if (parts.length < 4)
    problems.note(`/${index}/identifier`, `${JSON.stringify(identifier)} is not of the form split-set-pair-sentence`)
  if (!/^(?:true|false)$/i.test(label)) problems.note(`/${index}/label`, `must be "True" or "False", is ${JSON.stringify(label)}`)
  const pair = parts.slice(0, 3).join('-')
  return { identifier, sentence, label, image_names: [`${pair}-img0`, `${pair}-img1`] }
}

/**
 * Reads predictions, `identifier,prediction` a line; further fields are ignored and of duplicates the last one wins, as officially.
 * @throws {Fault} `unprocessable` for a line without a comma.
 */
export function readNlvr2Predictions(text: string): Map<string, string> {
  const problems = new Problems('predictions')
  const predictions = new Map<string, string>()
  linesOf(text).forEach((line, index) => {
    const [identifier, prediction] = line.trim().split(',')
    if (prediction === undefined) problems.note(`/${index}`, `line ${index + 1} has no comma: expected identifier,prediction`)
    else if (problems.isShort(prediction, `/${index}`)) predictions.set(identifier!, prediction)
  })
  problems.throwIfAny()
  return predictions
}

/**
 * Checks that every example has a prediction. (The official script prints the missing ids and exits with status 0.) Predictions for
 * other examples are ignored.
 * @throws {Fault} `unprocessable`, naming the first few.
 */
export function requirePredictions(examples: readonly Nlvr2Example[], predictions: ReadonlyMap<string, string>): void {
  const missing = examples.filter(({ identifier }) => !predictions.has(identifier)).map(({ identifier }) => identifier)
  if (missing.length === 0) return
  throw new Fault({
    kind: 'unprocessable',
    detail: `predictions file: ${missing.length} of ${examples.length} examples have no prediction: ${firstFew(missing)}`,
    errors: [{ pointer: '', detail: `no prediction for ${firstFew(missing)}` }],
  })
}

/** One annotated sentence of `annotated_dev_examples.txt`. */
export interface Nlvr2Categories {
  readonly sentence: string
  /** e.g. `hard cardinality`, `spatial relation`. */
  readonly categories: readonly string[]
}

/** Reads blocks separated by blank lines: the sentence, then `* category` lines. */
export function readNlvr2Categories(text: string): Nlvr2Categories[] {
  const blocks = text
    .split(/\n[ \t\r]*\n/)
    .map((block) => block.trim())
    .filter((block) => block !== '')
  return blocks.map((block) => {
    const [sentence, ...rest] = block.split('\n').map((line) => line.trim())
    return {
      sentence: sentence!,
      categories: rest.filter((line) => line.startsWith('*')).map((line) => line.slice(1).trim()),
    }
  })
}

function parseLine(line: string, index: number, problems: Problems): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    if (isRecord(value)) return value
    problems.note(`/${index}`, `line ${index + 1} must be a JSON object`)
  } catch (error) {
    problems.note(`/${index}`, `line ${index + 1} is not JSON: ${(error as Error).message}`)
  }
  return undefined
}

/** Lines, without the empty one after a last line feed. */
function linesOf(text: string): string[] {
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}
