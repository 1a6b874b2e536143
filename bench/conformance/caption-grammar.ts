/**
 * Made-up captions: plain ones from a small grammar, and hard ones with inserted shapes that tokenizers treat
 * specially. Every draw comes from the given generator, so a seed and a key produce the same lines on every
 * machine.
 * @module
 */
import type { CounterRandom } from '../../src/statistics/counter-random.ts'
import {
  ABBREVIATIONS,
  ADDRESSES,
  APOSTROPHES,
  CONTRACTIONS,
  CONTROLS,
  DENSE_ALPHABETS,
  HYPHENATED,
  LETTERS,
  MARKUP,
  NUMBERS,
  PUNCTUATION,
  SENTENCE_STARTERS,
  SMILEYS,
} from './hard-words.ts'

const DETERMINERS = [
  'a',
  'the',
  'one',
  'two',
  'three',
  'some',
  'several',
  'another',
  'this',
  'her',
  'his',
  'an old',
  'a pair of',
  'a lot of',
]
const ADJECTIVES =
  'small large red blue green yellow black white brown grey wooden shiny empty crowded wet dusty striped round tall narrow bright sleepy young old open broken'.split(
    ' ',
  )
const THINGS =
  'dog cat horse bird cow sheep bear man woman girl boy child player skier cook driver crowd bus train bicycle boat kite ball bench table chair lamp clock bottle cup bowl cake pizza sandwich apple banana street bridge river beach field hill kitchen bathroom window wall fence tree tower umbrella laptop phone book suitcase sign truck'.split(
    ' ',
  )
const PLURALS = ['s', 's', 's', 'es', "'s", "s'"]
const VERBS =
  'stands sits lies runs walks waits looks jumps rides holds eats carries throws catches watches is standing is sitting is lying is flying are parked are walking rests leans sleeps hangs'.split(
    ' ',
  )
const PLACES = [
  'on',
  'in',
  'near',
  'under',
  'behind',
  'next to',
  'in front of',
  'beside',
  'between',
  'on top of',
  'at',
  'across',
  'along',
  'by',
]
const ENDS = [
  '',
  '',
  '',
  '.',
  '.',
  '.',
  ' .',
  '!',
  '?',
  ' today',
  ' at noon',
  ' in the rain',
  ' at night.',
  ', side by side',
  ' (seen from above)',
]
const OPENINGS = ['', '', '', '', 'there is ', 'There are ', 'A photo of ', 'a picture of ', 'Close-up of ', 'In this view, ']

const FIRST_MARKS = PUNCTUATION.slice(0, 32)
const SPACES = [...Array<string>(30).fill(' '), '  ', '\t', '\u00A0', '\u2009', '\u3000', ' \u00A0']
const SUFFIXES = ['s', 't', 're', 've', 'll', 'm', 'd', 'n', 'S', 'LL', 'Re', 'x', 'nt', "'t", "n't", "N'T", 'em', 'o', 'a']
const PLACE_NAMES = ['Africa', 'Korea', 'Cal', 'Cal.', 'Carolina', 'Dakota', 'africa', 'KOREA']
const LIMITED = ['ltd', 'Ltd', 'ltd.', 'limited', 'Limited', 'lim']
const AFTER_ABBREVIATION = [',', ';', '?', '!', '"', "'s", ')', '/', '-', ':', '.', '..']
const UPPER = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
const LOWER = [...'abcdefghijklmnopqrstuvwxyz']
const LONG_WORD = [...UPPER, ...LOWER, '-', "'", '.', '\u00E9', '0']
const CHARACTERS = [...'aAbBnNtTsSdDlLyYoOeE.\'-,1 2 3/:$#@&;()<>"`_=^x~*+!?']
const MUTATIONS = [...CHARACTERS, ...PUNCTUATION, ...LETTERS, ...CONTROLS]
/** All line breaks but `\n`: inside a caption they are a stated difference from the official tokenizer. */
// oxlint-disable-next-line eslint/no-control-regex -- vertical tab and form feed are line breaks of the lexer
const OTHER_BREAKS = /[\n\r\u2028\u2029\u000B\u000C]/g

/** One plain caption, e.g. `A small dog sits next to two red chairs.` */
export function plainCaption(random: CounterRandom): string {
  const words = `${pick(random, OPENINGS)}${nounPhrase(random)} ${pick(random, VERBS)} ${pick(random, PLACES)} ${nounPhrase(random)}`
  const more = chance(random, 0.3) ? ` and ${nounPhrase(random)}` : ''
  const text = `${words}${more}${pick(random, ENDS)}`
  if (chance(random, 0.02)) return text.toUpperCase()
  return chance(random, 0.7) ? text.charAt(0).toUpperCase() + text.slice(1) : text
}

/** One hard caption, without line breaks and without halves of surrogate pairs. */
export function hardCaption(random: CounterRandom): string {
  return drawnHard(random).replace(OTHER_BREAKS, ' ').toWellFormed()
}

/** A short string over one or two small alphabets whose parts meet in every order. */
export function denseLine(random: CounterRandom): string {
  const alphabet = [...pick(random, DENSE_ALPHABETS), ...(chance(random, 0.3) ? pick(random, DENSE_ALPHABETS) : [])]
  return times(1 + random.below(12), () => pick(random, alphabet))
    .join('')
    .replace(OTHER_BREAKS, ' ')
    .toWellFormed()
}

export function pick<T>(random: CounterRandom, from: readonly T[]): T {
  return from[random.below(from.length)]!
}

export function chance(random: CounterRandom, probability: number): boolean {
  return random.uniform() < probability
}

function times<T>(count: number, draw: () => T): T[] {
  return Array.from({ length: count }, draw)
}

function nounPhrase(random: CounterRandom): string {
  const adjective = chance(random, 0.5) ? `${pick(random, ADJECTIVES)} ` : ''
  const plural = chance(random, 0.25) ? pick(random, PLURALS) : ''
  return `${pick(random, DETERMINERS)} ${adjective}${pick(random, THINGS)}${plural}`
}

function word(random: CounterRandom): string {
  const drawn = pick(random, [ADJECTIVES, THINGS, THINGS, VERBS, PLACES, DETERMINERS][random.below(6)]!)
  return chance(random, 0.15) ? drawn.charAt(0).toUpperCase() + drawn.slice(1) : drawn
}

function drawnHard(random: CounterRandom): string {
  const kind = random.uniform()
  if (kind < 0.08) return characters(random) + (chance(random, 0.5) ? ` ${characters(random)}` : '')
  if (kind < 0.5) return withHardItems(random)
  if (kind < 0.9) {
    let line = ''
    for (let left = 1 + random.below(6); left > 0; left--)
      line += (line === '' ? '' : glue(random)) + (chance(random, 0.7) ? hardItem(random) : word(random))
    return line
  }
  return mutated(random, plainCaption(random))
}

function withHardItems(random: CounterRandom): string {
  const words = plainCaption(random).split(' ')
  for (let left = 1 + random.below(2); left > 0; left--) {
    const at = random.below(words.length + 1)
    words.splice(at, 0, hardItem(random))
    if (chance(random, 0.15) && at + 1 < words.length) {
      const joint = chance(random, 0.5) ? '' : pick(random, FIRST_MARKS)
      words.splice(at, 2, `${words[at]!}${joint}${words[at + 1]!}`)
    }
  }
  const line = words.join(' ')
  if (!chance(random, 0.25)) return line
  return `${line.replace(/[. ]+$/, '')} ${chance(random, 0.5) ? initials(random) : abbreviation(random)}`
}

function mutated(random: CounterRandom, caption: string): string {
  const units = [...caption]
  for (let left = 1 + random.below(4); left > 0; left--) {
    const at = random.below(units.length + 1)
    const kind = random.uniform()
    if (kind < 0.5 || at >= units.length) units.splice(at, 0, pick(random, MUTATIONS))
    else if (kind < 0.7) units[at] = units[at]!.toUpperCase()
    else if (kind < 0.85) units.splice(at, 1)
    else units[at] = pick(random, CHARACTERS)
  }
  return units.join('')
}

function hardItem(random: CounterRandom): string {
  const kind = random.uniform()
  if (kind < 0.16) return initials(random) + pick(random, SPACES) + following(random)
  if (kind < 0.3) return abbreviation(random) + pick(random, SPACES) + following(random)
  if (kind < 0.42) return contraction(random)
  if (kind < 0.54) return pick(random, NUMBERS)
  if (kind < 0.64) return pick(random, ADDRESSES)
  if (kind < 0.7) return pick(random, SMILEYS)
  if (kind < 0.8) return pick(random, PUNCTUATION)
  if (kind < 0.84) return pick(random, MARKUP)
  if (kind < 0.9) return times(1 + random.below(4), () => (chance(random, 0.6) ? pick(random, LETTERS) : word(random))).join('')
  if (kind < 0.93) return pick(random, CONTROLS)
  if (kind < 0.98) return pick(random, HYPHENATED)
  return chance(random, 0.3) ? times(20 + random.below(281), () => pick(random, LONG_WORD)).join('') : word(random)
}

function following(random: CounterRandom): string {
  const kind = random.uniform()
  if (kind < 0.45) return pick(random, SENTENCE_STARTERS)
  if (kind < 0.6) return word(random)
  if (kind < 0.7) return pick(random, NUMBERS)
  if (kind < 0.8) return pick(random, ABBREVIATIONS) + (chance(random, 0.5) ? '.' : '')
  if (kind < 0.85) return pick(random, PLACE_NAMES)
  if (kind < 0.9) return pick(random, LIMITED)
  return pick(random, kind < 0.95 ? MARKUP : PUNCTUATION)
}

function initials(random: CounterRandom): string {
  const letters = times(1 + random.below(4), () => `${pick(random, chance(random, 0.8) ? UPPER : LOWER)}.`).join('')
  return chance(random, 0.15) ? letters.slice(0, -1) : letters
}

function abbreviation(random: CounterRandom): string {
  let text = pick(random, ABBREVIATIONS)
  const letters = random.uniform()
  if (letters < 0.15) text = text.toUpperCase()
  else if (letters < 0.3) text = text.toLowerCase()
  else if (letters < 0.4) text = text.charAt(0).toUpperCase() + text.slice(1).toLowerCase()
  if (chance(random, 0.85)) text += '.'
  return chance(random, 0.1) ? text + pick(random, AFTER_ABBREVIATION) : text
}

function contraction(random: CounterRandom): string {
  const apostrophe = chance(random, 0.8) ? pick(random, APOSTROPHES) : "'"
  if (chance(random, 0.3)) return word(random) + apostrophe + pick(random, SUFFIXES)
  let text = pick(random, CONTRACTIONS).replaceAll(' ', apostrophe)
  if (chance(random, 0.3)) text = word(random) + (chance(random, 0.5) ? ' ' : '') + text
  if (!chance(random, 0.2)) return text
  return chance(random, 0.5) ? text.toUpperCase() : text.charAt(0).toUpperCase() + text.slice(1)
}

function glue(random: CounterRandom): string {
  const kind = random.uniform()
  if (kind < 0.72) return ' '
  if (kind < 0.86) return ''
  return pick(random, kind < 0.97 ? FIRST_MARKS : SPACES)
}

function characters(random: CounterRandom): string {
  return times(1 + random.below(14), () => pick(random, CHARACTERS)).join('')
}
