/**
 * Files of OpenAI's evals: JSON Lines of `{"item": {…}, "sample": {…}}`.
 * @module
 */
import { isRecord, type JsonRecord } from '../../files/json.ts'
import { Problems } from '../../files/problems.ts'
import { parseLine } from '../formats/json-line.ts'

export interface ItemLine {
  readonly item: JsonRecord
  readonly sample?: JsonRecord
}

/**
 * @returns the lines with an object, and the index of each
 * @throws {Fault} `unprocessable` with the lines that are not such objects
 */
export function readItemLines(text: string): { readonly lines: readonly ItemLine[]; readonly indices: readonly number[] } {
  const problems = new Problems('data')
  const lines: ItemLine[] = []
  const indices: number[] = []
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue
    const read = readLine(line, `/${index}`, problems)
    problems.throwIfMany()
    if (read === undefined) continue
    lines.push(read)
    indices.push(index)
  }
  if (lines.length === 0) problems.note('', 'holds no item')
  problems.throwIfAny()
  return { lines, indices }
}

function readLine(line: string, pointer: string, problems: Problems): ItemLine | undefined {
  const value = parseLine(line, pointer, problems)?.value
  if (value === undefined) return undefined
  const record = problems.record(value, pointer)
  if (record === undefined) return undefined
  const { item, sample, ...others } = record
  for (const name of Object.keys(others))
    problems.note(`${pointer}/${name}`, 'is not read beside item and sample; put it into item')
  if (!isRecord(item)) problems.note(`${pointer}/item`, item === undefined ? 'is missing' : 'must be an object')
  if (sample !== undefined && !isRecord(sample)) problems.note(`${pointer}/sample`, 'must be an object')
  if (!isRecord(item)) return undefined
  return { item, ...(isRecord(sample) && { sample }) }
}
