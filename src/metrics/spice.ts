/**
 * SPICE's score, once captions have been parsed into tuples.
 *
 * Anderson et al., "SPICE: Semantic Propositional Image Caption Evaluation", ECCV 2016; peteanderson80/SPICE
 * @3e5de7a. The parse needs a JVM with CoreNLP 3.6.0 and cannot run at the edge, so tuples (object), (object,
 * attribute), (subject, relation, object) are the input. Kept: similar objects, attributes and relations are
 * merged while the graph is built; a leading "be " of a relation goes; a candidate tuple counts once if *any*
 * reference tuple is similar in every slot, so fp and fn need not agree with one-to-one matching.
 * @module
 */
import type { MetricDescriptor } from './descriptor.ts'

export const spiceMetric: MetricDescriptor = {
  name: 'SPICE',
  variants: ['tuples/synsets', 'tuples/exact'],
  direction: 'higher_is_better',
  range: [0, 1],
  unit: 'fraction',
  source: { paper: 'Anderson et al., ECCV 2016', code: 'peteanderson80/SPICE @3e5de7a' },
}

/** (object), (object, attribute) or (subject, relation, object). */
export type SpiceTuple = readonly [string] | readonly [string, string] | readonly [string, string, string]

/** WordNet synset ids by word, words of a phrase joined by `_`. */
export type Synsets = ReadonlyMap<string, ReadonlySet<number>>

export interface SpiceScore {
  /** Precision, recall and F in [0, 1]; NaN in a sub-score with an empty reference side. */
  readonly pr: number
  readonly re: number
  readonly f: number
  readonly tp: number
  readonly fp: number
  readonly fn: number
}

export type SpiceCategory = 'All' | 'Object' | 'Attribute' | 'Relation' | 'Color' | 'Cardinality' | 'Size'

/**
 * Colours, numbers and sizes, by the word of the attribute; a merged name such as `grey/gray` is none of
 * them. Measured: each of 145,942 words was given to the official scorer as the only attribute of an object.
 */
const COLORS = new Set(
  'beige black blue brown cream dark gray green grey light maroon orange pink purple red violet white yellow'.split(' '),
)
const CARDINALITIES = new Set('one two three four five six seven eight nine ten'.split(' '))
const SIZES = new Set(
  (
    'baby beefy big bony boundless brawny broad bulky chunky colossal compact corpulent cosmic cubby curvy elfin emaciated endless ' +
    'enormous epic expansive extensive fat fleshy full-size gargantuan gaunt giant gigantic grand great heavy hefty huge hulking ' +
    'illimitable immeasurable immense infinitesimal lanky large lean life-size limitless little mammoth massive meager measly ' +
    'microscopic mini miniature minuscule minute narrow obese outsized oversize overweight paltry petite pint-size plump ' +
    'pocket-size portly pudgy puny rotund scanty scraggy scrawny short sizable skeletal skimpy skinny slender slim small squat ' +
    'stocky stout strapping sturdy tall teensy teeny teeny-weeny thick thickset thin tiny titanic towering trifling trim tubby ' +
    'undersized underweight unlimited vast wee whopping wide'
  ).split(' '),
)

/**
 * Scores one image.
 * @param candidate - tuples of the generated caption, in the parser's order.
 * @param references - tuples of all reference captions together.
 * @param synsets - variant `tuples/synsets`: concepts match if they share a word or a synset, and matching
 *   concepts are merged while the graph is built. Without synsets, variant `tuples/exact`: only equal words
 *   match and nothing is merged, as under the program's `-noSynsets`.
 */
export function spice(
  candidate: readonly SpiceTuple[],
  references: readonly SpiceTuple[],
  synsets?: Synsets,
): Record<SpiceCategory, SpiceScore> {
  const test = sceneGraphTuples(candidate, synsets)
  const truth = sceneGraphTuples(references, synsets)
  const subset = (keep: (tuple: ConceptTuple) => boolean, nanWhenEmpty = true) =>
    score(test.filter(keep), truth.filter(keep), synsets === undefined ? sameConcept : alike, nanWhenEmpty)
  const attributeIn = (words: ReadonlySet<string>) => (tuple: ConceptTuple) => tuple.length === 2 && words.has(nameOf(tuple[1]!))
  return {
    All: subset(() => true, false),
    Object: subset((tuple) => tuple.length === 1),
    Attribute: subset((tuple) => tuple.length === 2),
    Relation: subset((tuple) => tuple.length === 3),
    Color: subset(attributeIn(COLORS)),
    Cardinality: subset(attributeIn(CARDINALITIES)),
    Size: subset(attributeIn(SIZES)),
  }
}

/** Corpus value: the mean of the images' `All.f`. NaN without images. */
export function spiceMean(scores: readonly { readonly All: Pick<SpiceScore, 'f'> }[]): number {
  return scores.reduce((sum, { All }) => sum + All.f, 0) / scores.length
}

/** Words for one concept, with all their synsets. */
interface Concept {
  readonly words: Set<string>
  readonly synsets: Set<number>
}

interface SceneNode {
  readonly object: Concept
  readonly attributes: Concept[]
}

interface SceneRelation {
  readonly source: SceneNode
  readonly target: SceneNode
  readonly relation: Concept
}

type ConceptTuple = readonly Concept[]

function sceneGraphTuples(tuples: readonly SpiceTuple[], synsets: Synsets | undefined): ConceptTuple[] {
  const nodes: SceneNode[] = []
  const relations: SceneRelation[] = []
  const merging = synsets !== undefined
  const conceptOf = (word: string): Concept => ({ words: new Set([word]), synsets: new Set(lookUp(word, synsets)) })

  const nodeOf = (word: string): SceneNode => {
    const object = conceptOf(word)
    const equal = nodes.find((node) => sameConcept(node.object, object))
    if (equal !== undefined) return equal
    if (merging) {
      let best: SceneNode | undefined
      let bestSimilarity = 0
      for (const node of nodes) {
        const similarity = similarityOf(object, node.object)
        if (similarity > bestSimilarity) {
          bestSimilarity = similarity
          best = node
        }
      }
      if (best !== undefined) {
        mergeInto(best.object, object)
        return best
      }
    }
    const node = { object, attributes: [] }
    nodes.push(node)
    return node
  }

  for (const tuple of tuples) {
    const node = nodeOf(tuple[0])
    if (tuple.length === 2) {
      const attribute = conceptOf(tuple[1])
      if (node.attributes.some((known) => sameConcept(known, attribute))) continue
      const similar = merging ? node.attributes.find((known) => alike(known, attribute)) : undefined
      if (similar === undefined) node.attributes.push(attribute)
      else mergeInto(similar, attribute)
    } else if (tuple.length === 3) {
      const target = nodeOf(tuple[2])
      const relation = conceptOf(tuple[1].replace(/^be /, ''))
      const between = relations.filter((known) => known.source === node && known.target === target)
      if (between.some((known) => sameConcept(known.relation, relation))) continue
      const similar = merging ? between.find((known) => alike(known.relation, relation)) : undefined
      if (similar === undefined) relations.push({ source: node, target, relation })
      else mergeInto(similar.relation, relation)
    }
  }
  return [
    ...nodes.flatMap(({ object, attributes }) => [[object], ...attributes.map((attribute) => [object, attribute])]),
    ...relations.map(({ source, relation, target }) => [source.object, relation, target.object]),
  ]
}

function score(
  test: readonly ConceptTuple[],
  truth: readonly ConceptTuple[],
  same: (a: Concept, b: Concept) => boolean,
  nanWhenEmpty: boolean,
): SpiceScore {
  const matches = (a: ConceptTuple, b: ConceptTuple) =>
    a.length === b.length && a.every((concept, slot) => same(concept, b[slot]!))
  const tp = test.filter((tuple) => truth.some((other) => matches(tuple, other))).length
  const fp = test.length - tp
  const fn = truth.length - tp
  if (truth.length === 0 && nanWhenEmpty) return { pr: NaN, re: NaN, f: NaN, tp, fp, fn }
  const re = truth.length === 0 ? 0 : tp / truth.length
  const pr = truth.length === 0 || test.length === 0 ? 0 : tp / test.length
  return { pr, re, f: pr > 0 && re > 0 ? (2 * pr * re) / (pr + re) : 0, tp, fp, fn }
}

function lookUp(word: string, synsets: Synsets | undefined): Iterable<number> {
  return synsets?.get(word.trim().toLowerCase().replaceAll(' ', '_')) ?? []
}

function sameConcept(a: Concept, b: Concept): boolean {
  return sameSet(a.words, b.words) && sameSet(a.synsets, b.synsets)
}

/** Whether two concepts share a word or a synset. */
function alike(a: Concept, b: Concept): boolean {
  return sharedCount(a.synsets, b.synsets) > 0 || sharedCount(a.words, b.words) > 0
}

/** 1 if they share a word, otherwise the Jaccard index of their synsets in single precision. */
function similarityOf(a: Concept, b: Concept): number {
  if (sharedCount(a.words, b.words) > 0) return 1
  const shared = sharedCount(a.synsets, b.synsets)
  return shared === 0 ? 0 : Math.fround(shared / (a.synsets.size + b.synsets.size - shared))
}

function sharedCount<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): number {
  let count = 0
  for (const member of a) if (b.has(member)) count++
  return count
}

function sameSet<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  return a.size === b.size && sharedCount(a, b) === a.size
}

function mergeInto(concept: Concept, other: Concept): void {
  for (const word of other.words) concept.words.add(word)
  for (const synset of other.synsets) concept.synsets.add(synset)
}

function nameOf(concept: Concept): string {
  return [...concept.words].join('/')
}
