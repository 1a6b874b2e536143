/**
 * NLVR2's predictions (CSV without a header). lil-lab/nlvr @1892484.
 * @module
 */
import { Fault } from '../../../contracts/failure.ts'
import { firstFew, Problems } from '../../../files/problems.ts'

/**
 * Reads predictions, `identifier,prediction` per line. As in the official script, further fields are ignored
 * and the last duplicate wins.
 * @throws {Fault} `unprocessable` for a line without a comma
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
 * Checks that every example has a prediction. (The official script prints the missing ids and exits with
 * status 0.) Predictions for other examples are ignored.
 * @throws {Fault} `unprocessable`, naming the first few
 */
export function requirePredictions(ids: readonly string[], predictions: ReadonlyMap<string, string>): void {
  const missing = ids.filter((id) => !predictions.has(id))
  if (missing.length === 0) return
  throw new Fault({
    kind: 'unprocessable',
    detail: `predictions file: ${missing.length} of ${ids.length} examples have no prediction: ${firstFew(missing)}${otherNames(predictions, missing.length === ids.length)}`,
    errors: [{ pointer: '', detail: `no prediction for ${firstFew(missing)}` }],
  })
}

/** For a file without any of the examples: its first name. */
function otherNames(predictions: ReadonlyMap<string, string>, isNone: boolean): string {
  const [first] = predictions.keys()
  if (!isNone || first === undefined) return ''
  return `; the first of the file is called ${first}${first.startsWith('"') ? ', and quotes belong to the name: leave them out' : ''}`
}

/** Lines, without the empty one after the last line feed. */
function linesOf(text: string): string[] {
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}
