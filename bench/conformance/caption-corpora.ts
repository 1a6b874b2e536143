/**
 * Tokenized captions with references for the caption metrics: plain, edited, tiny, odd, long, repeated,
 * empty.
 * @module
 */
import type { CaptionedItem } from '../../src/metrics/caption-evaluation.ts'
import { tokenizeCaptions } from '../../src/metrics/ptb-tokenizer.ts'
import type { CounterRandom } from '../../src/statistics/counter-random.ts'
import { chance, pick, plainCaption } from './caption-grammar.ts'

/** Words that a metric may split differently from its official program. */
const ODD_WORDS: readonly string[] = [
  '\u00A0',
  '23\u00A03/4',
  '\u0085',
  '\u2028',
  '\u3000',
  '\u001C',
  '\uFEFF',
  '\u00E9',
  '\u01C6',
].concat(['\u65E5\u672C', '-lrb-', '(', "'s", '$', '.', '\u{1F600}', '\u200B', '\u0130', '#', 'a\tb', 'A'])
const SUFFIXES = ['s', 'ing', 'ed', 'er', 'ly']
const KINDS = [
  'plain',
  'plain',
  'edited',
  'edited',
  'tiny',
  'odd',
  'spaces',
  'long',
  'same',
  'repeated',
  'mixed',
  'mixed',
] as const
type Kind = (typeof KINDS)[number] | 'empty'

/** One caption in the form of the PTB tokenizer's output. */
export function tokenizedCaption(random: CounterRandom): string {
  return tokenizeCaptions([plainCaption(random)])[0]!
}

/** Inserts, removes, moves, doubles words, or changes their endings. */
export function editedCaption(random: CounterRandom, caption: string, edits: number): string {
  const words = caption.split(' ')
  for (let left = edits; left > 0; left--) {
    const at = random.below(words.length + 1)
    const there = Math.min(at, words.length - 1)
    const kind = random.uniform()
    if (kind < 0.2 && words.length > 0) words.splice(there, 1)
    else if (kind < 0.4) words.splice(at, 0, pick(random, tokenizedCaption(random).split(' ')))
    else if (kind < 0.55 && words.length > 1)
      words.splice(at, 0, ...words.splice(random.below(words.length), 1 + random.below(3)))
    else if (kind < 0.75 && words.length > 0) words.splice(at, 0, pick(random, words))
    else if (words.length > 0) words[there] += pick(random, SUFFIXES)
  }
  return words.join(' ')
}

/** One corpus of one to 25 images. */
export function drawnCorpus(random: CounterRandom): CaptionedItem[] {
  const kind = pick(random, KINDS)
  const size = chance(random, 0.1) ? 1 + random.below(2) : 3 + random.below(23)
  return Array.from({ length: kind === 'long' ? Math.min(size, 2) : size }, (_, index) => ({
    id: String(index),
    ...drawnItem(random, kind === 'mixed' ? pick(random, [...KINDS.slice(0, 6), 'empty', 'same'] as const) : kind),
  }))
}

function drawnItem(random: CounterRandom, kind: Kind): Pick<CaptionedItem, 'candidate' | 'references'> {
  const count = pick(random, kind === 'long' ? [1, 2, 3] : [1, 2, 3, 5, 5, 5, 7, 20])
  const text = () => drawnText(random, chance(random, 0.95) ? kind : 'empty')
  const references = Array.from({ length: count }, text)
  if (kind === 'same') return { candidate: pick(random, references), references }
  if (kind === 'repeated') {
    const one = references[0]!
    return { candidate: chance(random, 0.3) ? one : editedCaption(random, one, 2), references: [one, one, ...references] }
  }
  const near = kind !== 'empty' && chance(random, 0.5)
  return { candidate: near ? editedCaption(random, pick(random, references), random.below(5)) : text(), references }
}

function drawnText(random: CounterRandom, kind: Kind): string {
  const words = (count: number, draw: () => string) => Array.from({ length: count }, draw)
  switch (kind) {
    case 'empty':
      return ''
    case 'tiny':
      return words(random.below(7), () => pick(random, ['a', 'b', 'c'])).join(' ')
    case 'odd':
      return words(random.below(15), () =>
        chance(random, 0.4) ? pick(random, ODD_WORDS) : pick(random, ['a', 'red', 'dog']),
      ).join(' ')
    case 'spaces':
      return (
        pick(random, ['', ' ']) + tokenizedCaption(random).replaceAll(' ', pick(random, [' ', '  '])) + pick(random, ['', ' '])
      )
    case 'long':
      return words(8 + random.below(20), () => tokenizedCaption(random)).join(' ')
    case 'edited':
      return editedCaption(random, tokenizedCaption(random), random.below(7))
    default:
      return tokenizedCaption(random)
  }
}
