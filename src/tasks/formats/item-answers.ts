/**
 * Results and scores for items of Assay's own format: JSON Lines of `{"id": …, "answer": "…"}` or `{"id": …, "score": 0.5}`.
 * @module
 */
import type { JsonRecord } from '../../files/json.ts'
import { firstFew, Problems } from '../../files/problems.ts'
import { parseLine, usedBefore } from './json-line.ts'

/**
 * Reads results, `{"id": …, "answer": "…"}` a line, of a file of questions.
 * @param ids - every item's.
 * @returns the answers in the order of `ids`.
 * @throws {Fault} `unprocessable`: a line that is no answer, an id that no item has or that came before, an item without an answer.
 */
export function readItemAnswers(text: string, ids: readonly string[]): Map<string, string> {
  const problems = new Problems('results')
  const found = valuesById(text, ids, problems, (fields, pointer) => problems.text(fields['answer'], `${pointer}/answer`))
  requireValues(found, ids, 'answer', problems)
  return new Map(ids.map((id) => [id, found.get(id)!]))
}

/**
 * Reads scores, `{"id": …, "score": 0.5}` a line.
 * @param ids - every item's, in the dataset's order.
 * @param count - how many of the first items need one.
 * @returns the scores in [0, 1] by id; null where the file says that there is none.
 * @throws {Fault} `unprocessable`: a line that is no score, an id that no item has or that came before, one of the first items without a line.
 */
export function readItemScores(text: string, ids: readonly string[], count: number): Map<string, number | null> {
  const problems = new Problems('scores')
  const found = valuesById(text, ids, problems, ({ score }, pointer) => {
    if (score === null || (typeof score === 'number' && score >= 0 && score <= 1)) return score
    problems.note(`${pointer}/score`, `must be a number from 0 to 1, or null, is ${JSON.stringify(score) ?? 'missing'}`)
    return undefined
  })
  requireValues(found, ids.slice(0, count), 'score', problems)
  return found
}

/** @param read - undefined after noting a problem. */
function valuesById<T>(
  text: string,
  ids: readonly string[],
  problems: Problems,
  read: (fields: JsonRecord, pointer: string) => T | undefined,
): Map<string, T> {
  const known = new Set(ids)
  const values = new Map<string, T>()
  const lines = new Map<string, number>()
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue
    const pointer = `/${index}`
    const value = parseLine(line, pointer, problems)
    const fields = value && problems.record(value.value, pointer)
    if (fields === undefined) continue
    const id = problems.id(fields['id'], `${pointer}/id`)
    const found = read(fields, pointer)
    if (id === undefined || found === undefined) continue
    const before = lines.get(id)
    if (!known.has(id)) problems.note(`${pointer}/id`, `the dataset has no item ${id}`)
    else if (before !== undefined) problems.note(`${pointer}/id`, usedBefore(id, before))
    else {
      lines.set(id, index)
      values.set(id, found)
    }
  }
  problems.throwIfAny()
  return values
}

function requireValues(found: ReadonlyMap<string, unknown>, ids: readonly string[], what: string, problems: Problems): void {
  const missing = ids.filter((id) => !found.has(id))
  if (missing.length > 0) problems.note('', `has no ${what} for ${missing.length} of ${ids.length} items: ${firstFew(missing)}`)
  problems.throwIfAny()
}
