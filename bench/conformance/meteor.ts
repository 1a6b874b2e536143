/**
 * METEOR against the jar of METEOR 1.5 in pycocoevalcap, with its own tables: all 23 statistics and the score
 * of captions that are foreign, edited, made of synonyms and paraphrases, repetitive, empty, long.
 * @module
 */
import { createReadStream } from 'node:fs'
import { readParaphrases } from '../../src/metrics/resources/meteor-paraphrases-file.ts'
import { readMeteorSynonyms } from '../../src/metrics/resources/wordnet-file.ts'
import type { CaptionedItem } from '../../src/metrics/caption-evaluation.ts'
import type { MeteorModule } from '../../src/metrics/meteor-aligner.ts'
import { ParaphraseTable, phrasesOf } from '../../src/metrics/meteor-paraphrases.ts'
import { meteorOf, meteorStatistics, meteorWords } from '../../src/metrics/meteor.ts'
import { tokenizeCaptions } from '../../src/metrics/ptb-tokenizer.ts'
import { WordNetSynonyms } from '../../src/metrics/wordnet-synonyms.ts'
import type { CounterRandom } from '../../src/statistics/counter-random.ts'
import { editedCaption, tokenizedCaption } from './caption-corpora.ts'
import { chance, hardCaption, pick } from './caption-grammar.ts'
import { Comparison } from './captions.ts'
import { type ConformanceContext, type ConformancePart, type ConformanceRow, scaled } from './part.ts'

const CASES = 8000
const VARIANTS: readonly (readonly MeteorModule[])[] = [
  ['exact'],
  ['exact', 'stem'],
  ['exact', 'stem', 'synonym'],
  ['exact', 'stem', 'synonym', 'paraphrase'],
]
/** Paraphrase pairs, of five million, from which captions are made. */
const ONE_IN = 1000
const SUFFIXES = ['s', 'ed', 'ing', 'er', 'est', 'es', '']

export const meteor: ConformancePart = {
  name: 'meteor',
  official: 'meteor-1.5.jar of pycocoevalcap 1.2',
  run: async (context) => {
    const tables = (await context.python('meteor_tables.py', { one_in: ONE_IN })) as Tables
    const items = drawnItems(context, tables)
    const synonyms = new WordNetSynonyms(readMeteorSynonyms(tables.synsets, tables.exceptions))
    const paraphrases = await paraphrasesOf(items, tables.paraphrases)
    const rows: ConformanceRow[] = []
    for (const modules of VARIANTS) {
      context.say(`meteor, ${modules.join(' ')}: ${items.length} items`)
      const [answer] = (await context.official('meteor', [{ items, modules }])) as [Answer]
      const name = modules.join('_')
      const comparison = new Comparison([name, `${name}, statistics`])
      for (const item of items) {
        const own = meteorStatistics(item.candidate, item.references, { modules, synonyms, paraphrases })
        const { score, statistics } = answer.per_image[item.id]!
        const differing = statistics.filter((value, at) => value !== own[at]).length
        comparison.add(
          { [name]: meteorOf(own), [`${name}, statistics`]: differing },
          { [name]: score, [`${name}, statistics`]: 0 },
          item,
        )
      }
      rows.push(...comparison.rows())
    }
    return rows
  },
}

interface Tables {
  readonly synsets: string
  readonly exceptions: string
  /** Path. */
  readonly paraphrases: string
  readonly pairs: readonly (readonly [string, string])[]
}

interface Answer {
  readonly per_image: Readonly<Record<string, { readonly score: number; readonly statistics: readonly number[] }>>
}

async function paraphrasesOf(items: readonly CaptionedItem[], path: string): Promise<ParaphraseTable> {
  const phrases = phrasesOf(items.flatMap(({ candidate, references }) => [candidate, ...references]).map(meteorWords))
  const table = new ParaphraseTable()
  for await (const [phrase, paraphrase] of readParaphrases(createReadStream(path), phrases)) table.add(phrase, paraphrase)
  return table
}

function drawnItems(context: ConformanceContext, tables: Tables): CaptionedItem[] {
  const random = context.random('meteor')
  const lines = tables.synsets.split('\n')
  const bySynset = new Map<string, string[]>()
  for (let at = 0; at + 1 < lines.length; at += 2)
    for (const id of lines[at + 1]!.split(' ')) bySynset.set(id, [...(bySynset.get(id) ?? []), lines[at]!])
  const groups = [...bySynset.values()].filter((words) => words.length > 1)
  return Array.from({ length: scaled(CASES, context) }, (_, index) => ({
    id: String(index),
    ...drawnItem(random, groups, tables.pairs),
  }))
}

function drawnItem(
  random: CounterRandom,
  groups: readonly (readonly string[])[],
  pairs: Tables['pairs'],
): Pick<CaptionedItem, 'candidate' | 'references'> {
  const several = (most: number, draw: () => string) => Array.from({ length: 1 + random.below(most) }, draw)
  const caption = () => tokenizedCaption(random)
  const word = () => pick(random, caption().split(' '))
  const kind = random.uniform()
  const hard = () => tokenizeCaptions([hardCaption(random)])[0]!
  if (kind < 0.05) return { candidate: hard(), references: several(3, hard) }
  if (kind < 0.15) return { candidate: caption(), references: several(5, caption) }
  if (kind < 0.4) {
    const one = caption()
    return {
      candidate: editedCaption(random, one, random.below(9)),
      references: several(5, () => editedCaption(random, one, random.below(4))),
    }
  }
  if (kind < 0.85) {
    const sides: [string[], string[]] = [[], []]
    for (let left = 1 + random.below(10); left > 0; left--) {
      const group = pick(random, groups)
      const [one, other]: readonly [string, string] = chance(random, 0.3)
        ? endings(random, word())
        : kind < 0.6
          ? [pick(random, group), pick(random, group)]
          : pick(random, pairs)
      sides[0].push(one)
      sides[1].push(other)
      if (chance(random, 0.2)) sides[0].push(word())
    }
    if (chance(random, 0.3)) sides[1].reverse()
    return { candidate: sides[0].join(' '), references: [sides[1].join(' '), ...(chance(random, 0.2) ? [caption()] : [])] }
  }
  if (kind < 0.93) {
    // Many equal matches: ties in the search.
    const few = [...several(5, word), 'a', 'the']
    return {
      candidate: several(30, () => pick(random, few)).join(' '),
      references: several(3, () => several(30, () => pick(random, few)).join(' ')),
    }
  }
  if (kind < 0.97)
    return { candidate: chance(random, 0.5) ? '' : word(), references: chance(random, 0.5) ? ['', caption()] : [word()] }
  return { candidate: several(8, caption).join(' '), references: several(2, () => several(8, caption).join(' ')) }
}

function endings(random: CounterRandom, word: string): readonly [string, string] {
  return [word, word + pick(random, SUFFIXES)]
}
