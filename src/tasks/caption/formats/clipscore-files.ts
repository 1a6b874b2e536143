/**
 * The input files of jmhessel/clipscore @1036465: candidates `{"image1": "an orange cat …"}` and references
 * `{"image1": ["…", "…"]}` or a single string. An image's id is the stem of its file (png, jpg, jpeg, tiff).
 * @module
 */
import { Fault } from '../../../contracts/failure.ts'
import { parseOfficialJson } from '../../../files/json.ts'
import { firstFew, Problems } from '../../../files/problems.ts'

/** One image with its generated caption and optional references. */
export interface ClipScoreEntry {
  readonly id: string
  readonly candidate: string
  readonly references: readonly string[]
}

/**
 * Reads both files, in the order of the candidates. References of other images are ignored, as in the
 * official code.
 * @param references - null for CLIPScore alone
 * @throws {Fault} `unprocessable` for a caption that is not a string, for no candidates, and for a candidate
 *   without references
 */
export function readClipScoreFiles(candidates: unknown, references: unknown): ClipScoreEntry[] {
  const problems = new Problems('candidates')
  const captions = problems.record(parseOfficialJson(candidates, 'candidates'), '') ?? {}
  for (const [id, caption] of Object.entries(captions)) problems.text(caption, `/${id}`)
  if (Object.keys(captions).length === 0 && problems.count === 0) problems.note('', 'holds no caption')
  problems.throwIfAny()
  const pools = references === null ? undefined : readReferences(references)
  const missing = pools === undefined ? [] : Object.keys(captions).filter((id) => !pools.has(id))
  if (missing.length > 0)
    throw new Fault({
      kind: 'unprocessable',
      detail: `references file: no references for ${firstFew(missing)}`,
      errors: missing.slice(0, 20).map((id) => ({ pointer: `/${id}`, detail: 'has a candidate, but no references' })),
    })
  return Object.entries(captions).map(([id, candidate]) => ({
    id,
    candidate: candidate as string,
    references: pools?.get(id) ?? [],
  }))
}

function readReferences(source: unknown): Map<string, readonly string[]> {
  const problems = new Problems('references')
  const file = problems.record(parseOfficialJson(source, 'references'), '') ?? {}
  const pools = new Map<string, readonly string[]>()
  for (const [id, value] of Object.entries(file)) {
    const list = typeof value === 'string' ? [value] : problems.list(value, `/${id}`)
    if (list?.length === 0) problems.note(`/${id}`, 'is empty')
    list?.forEach((reference, index) => problems.text(reference, `/${id}/${index}`))
    if (list !== undefined) pools.set(id, list as readonly string[])
  }
  problems.throwIfAny()
  return pools
}
