/**
 * SPICE from tuples against the classes of `spice-1.0.jar`, with a made-up synset table and with
 * `-noSynsets`.
 * @module
 */
import { spice as spiceOf, type SpiceTuple } from '../../src/metrics/spice.ts'
import type { CounterRandom } from '../../src/statistics/counter-random.ts'
import { chance, pick } from './caption-grammar.ts'
import { Comparison } from './captions.ts'
import { type ConformancePart, type ConformanceRow, scaled } from './part.ts'

const IMAGES = 6000
const UNDECIDED = 'images where a word is similar to two others, of which Java takes either'
/** Images that share a table and a call of the jar. */
const TABLE_IMAGES = 500
const CATEGORIES = ['All', 'Object', 'Attribute', 'Relation', 'Color', 'Cardinality', 'Size'] as const
// Words without a base form under METEOR's rules, so that the table alone decides about synonyms.
const NOUNS = Array.from({ length: 30 }, (_, index) => `n${index}`)
const PHRASES = ['n1 n2', 'n3 n4 n5']
const ATTRIBUTES =
  'black white brown blue pink gray grey green dark light cream orange purple maroon beige violet gold silver tan big large huge little tiny tall short thin thick fat giant wide narrow great heavy massive mini miniature one two three four five six seven eight nine ten eleven a1 a2 a3 a4 a5'.split(
    ' ',
  )
const RELATIONS = ['on', 'in', 'r1', 'r2', 'r3', 'be on', 'be r1', 'be be r2', 'in front of']

export const spice: ConformancePart = {
  name: 'spice',
  official: 'spice-1.0.jar of pycocoevalcap 1.2',
  run: async (context) => {
    const random = context.random('spice')
    const tables = Array.from({ length: Math.ceil(scaled(IMAGES, context) / TABLE_IMAGES) }, () => drawnTable(random))
    const sets = tables.map((table) => ({
      table,
      images: Array.from({ length: TABLE_IMAGES }, (_, index) => drawnImage(random, index)),
    }))
    const rows: ConformanceRow[] = []
    for (const synsets of [true, false]) {
      const requests = sets.map(({ table, images }) => ({
        images,
        synsets,
        table: Object.fromEntries(Array.from(table, ([word, ids]) => [word, [...ids]])),
      }))
      const answers = (await context.official('spice', requests)) as { scores: Record<string, Record<string, number | null>> }[][]
      const names = CATEGORIES.map((category) => `${category}${synsets ? '' : ', noSynsets'}`)
      const comparison = new Comparison(names)
      sets.forEach(({ table, images }, index) =>
        images.forEach((image, at) => {
          const own = spiceOf(image.test_tuples, image.ref_tuples, synsets ? table : undefined)
          const { scores } = answers[index]![at]!
          const counted = (of: Readonly<Record<string, unknown>>) =>
            Object.fromEntries(
              CATEGORIES.map((category, k) => [names[k]!, fingerprint(of[category] as Record<string, number | null>)]),
            )
          if (synsets && ![image.test_tuples, image.ref_tuples].every((tuples) => isDecided(tuples, table)))
            return comparison.leaveOut(UNDECIDED)
          comparison.add(counted(own), counted(scores), image)
        }),
      )
      rows.push(...comparison.rows())
    }
    return rows
  },
}

/** F, and counts that must be equal. */
function fingerprint({ f, pr, re, tp, fp, fn }: Readonly<Record<string, number | null>>): number {
  const undefinedToNaN = (value: number | null | undefined) => value ?? Number.NaN
  if (Number.isNaN(undefinedToNaN(f))) return tp! * 1e6 + fp! * 1e3 + fn!
  return undefinedToNaN(f) + undefinedToNaN(pr) * 10 + undefinedToNaN(re) * 100 + tp! * 1e4 + fp! * 1e6 + fn! * 1e8
}

/**
 * Whether the official program decides how these tuples are merged. A word that is equally similar to two
 * objects, or similar to two attributes or relations, joins the one that Java's identity hash puts first:
 * another order of the images gives another score.
 */
function isDecided(tuples: readonly SpiceTuple[], table: ReadonlyMap<string, ReadonlySet<number>>): boolean {
  interface Concept {
    readonly words: Set<string>
    readonly ids: Set<number>
  }
  const shared = (a: ReadonlySet<unknown>, b: ReadonlySet<unknown>) => [...a].filter((member) => b.has(member)).length
  const similarity = (a: Concept, b: Concept) => {
    const common = shared(a.ids, b.ids)
    return shared(a.words, b.words) > 0 ? 1 : common / (a.ids.size + b.ids.size - common || 1)
  }
  const conceptOf = (word: string): Concept => ({ words: new Set([word]), ids: new Set(table.get(word.replaceAll(' ', '_'))) })
  let decided = true
  /** Joins the most similar known one; `equally` if every similarity counts the same. */
  const join = (known: Concept[], own: Concept, equally: boolean): Concept => {
    const found = known.map((other) => similarity(own, other)).map((value) => (equally ? Math.sign(value) : Math.fround(value)))
    const best = Math.max(0, ...found)
    if (best > 0 && found.filter((value) => value === best).length > 1) decided = false
    const other = best > 0 ? known[found.indexOf(best)]! : own
    if (other === own) known.push(own)
    for (const word of own.words) other.words.add(word)
    for (const id of own.ids) other.ids.add(id)
    return other
  }
  const objects: Concept[] = []
  const attributes = new Map<Concept, Concept[]>()
  const relations = new Map<Concept, Map<Concept, Concept[]>>()
  for (const [subject, second, object] of tuples) {
    const own = join(objects, conceptOf(subject), false)
    if (second === undefined) continue
    if (object === undefined) {
      if (!attributes.has(own)) attributes.set(own, [])
      join(attributes.get(own)!, conceptOf(second), true)
    } else {
      const other = join(objects, conceptOf(object), false)
      const from = relations.get(own) ?? new Map<Concept, Concept[]>()
      relations.set(own, from)
      if (!from.has(other)) from.set(other, [])
      join(from.get(other)!, conceptOf(second.replace(/^be /, '')), true)
    }
  }
  return decided
}

function drawnTable(random: CounterRandom): Map<string, Set<number>> {
  const ids = 10 + random.below(60)
  const words = [...NOUNS, ...PHRASES, ...ATTRIBUTES, ...RELATIONS].map((word) => word.replaceAll(' ', '_'))
  return new Map(words.map((word) => [word, new Set(Array.from({ length: random.below(5) }, () => 1 + random.below(ids)))]))
}

function drawnImage(
  random: CounterRandom,
  index: number,
): { image_id: number; test_tuples: SpiceTuple[]; ref_tuples: SpiceTuple[] } {
  const own = [...NOUNS.slice(random.below(24)), ...PHRASES].slice(0, 3 + random.below(7))
  const tuple = (): SpiceTuple => {
    const kind = random.uniform()
    if (kind < 0.4) return [pick(random, own)]
    if (kind < 0.75) return [pick(random, own), pick(random, ATTRIBUTES)]
    return [pick(random, own), pick(random, RELATIONS), pick(random, own)]
  }
  const tuples = (most: number) => Array.from({ length: chance(random, 0.03) ? 0 : random.below(most) }, tuple)
  return { image_id: index + 1, test_tuples: tuples(12), ref_tuples: tuples(25) }
}
