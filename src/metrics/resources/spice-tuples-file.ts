/**
 * Input for SPICE: tuples by image, a synset table, or the JSON that SPICE itself writes (peteanderson80/SPICE @3e5de7a).
 * @module
 */
import { MOST_TUPLES } from '../../contracts/text-limits.ts'
import { isRecord, parseOfficialJson } from '../../files/json.ts'
import { Problems } from '../../files/problems.ts'

/** (object), (object, attribute) or (subject, relation, object). */
export type Tuple = readonly [string] | readonly [string, string] | readonly [string, string, string]

export type SpiceInput =
  | { readonly kind: 'tuples'; readonly images: { readonly id: string; readonly test: Tuple[]; readonly references: Tuple[] }[] }
  /** SPICE's own scores: nothing is left to match. */
  | { readonly kind: 'scores'; readonly images: { readonly id: string; readonly f: number }[] }

/**
 * Reads `[{image_id, test_tuples, ref_tuples}, …]`, a tuple being `["dog", "big"]` or SPICE's `{"tuple": ["dog", "big"], …}`; or
 * SPICE's output `[{image_id, scores: {All: {f, …}, …}}, …]`. An entry that has tuples is read by its tuples.
 * @throws {Fault} `unprocessable`
 */
export function readSpiceInput(source: unknown): SpiceInput {
  const problems = new Problems('tuples')
  const entries = problems.list(parseOfficialJson(source, 'tuples'), '')
  problems.throwIfAny()
  if (entries!.length === 0) problems.note('', 'holds no image')
  const first = entries![0]
  const scored = isRecord(first) && first['test_tuples'] === undefined && first['scores'] !== undefined
  const ids = new Set<string>()
  const idOf = (value: unknown, pointer: string): string => {
    const id = problems.id(value, pointer) ?? ''
    if (ids.has(id)) problems.note(pointer, `image ${id} appears twice`)
    ids.add(id)
    return id
  }
  let input: SpiceInput
  if (scored) {
    const images = entries!.flatMap((entry, index) => {
      const fields = problems.record(entry, `/${index}`)
      const scores = fields && problems.record(fields['scores'], `/${index}/scores`)
      const all = scores && problems.record(scores['All'], `/${index}/scores/All`)
      const f = all && problems.finiteNumber(all['f'], `/${index}/scores/All/f`)
      return f === undefined ? [] : [{ id: idOf(fields!['image_id'], `/${index}/image_id`), f }]
    })
    input = { kind: 'scores', images }
  } else {
    const images = entries!.flatMap((entry, index) => {
      const fields = problems.record(entry, `/${index}`)
      if (fields === undefined) return []
      return [
        {
          id: idOf(fields['image_id'], `/${index}/image_id`),
          test: readTuples(fields['test_tuples'], `/${index}/test_tuples`, problems),
          references: readTuples(fields['ref_tuples'], `/${index}/ref_tuples`, problems),
        },
      ]
    })
    input = { kind: 'tuples', images }
  }
  problems.throwIfAny()
  return input
}

/**
 * Reads `{word: [synset id, …], …}`, the words of a phrase joined by `_`.
 * @throws {Fault} `unprocessable`
 */
export function readSynsets(source: unknown): Map<string, Set<number>> {
  const problems = new Problems('synsets')
  const file = problems.record(parseOfficialJson(source, 'synsets'), '')
  const synsets = new Map(
    Object.entries(file ?? {}).map(([word, value]) => {
      const ids = problems.list(value, `/${word}`) ?? []
      return [word, new Set(ids.map((id, index) => problems.finiteNumber(id, `/${word}/${index}`) ?? 0))]
    }),
  )
  problems.throwIfAny()
  return synsets
}

function readTuples(value: unknown, pointer: string, problems: Problems): Tuple[] {
  return (problems.listOf(value, pointer, MOST_TUPLES) ?? []).flatMap((entry, index): Tuple[] => {
    const at = `${pointer}/${index}`
    const list = problems.list(isRecord(entry) ? entry['tuple'] : entry, at)
    if (list === undefined) return []
    if (list.length < 1 || list.length > 3) {
      problems.note(at, `must have one to three words, has ${list.length}`)
      return []
    }
    const words = list.map((word, slot) => problems.text(word, `${at}/${slot}`) ?? '')
    return [words as unknown as Tuple]
  })
}
