/**
 * Extended grapheme clusters (UAX #29), the units of SentencePiece's normalizer.
 *
 * Classes are the reference's, not the engine's. Flags are split in half: half a flag already has the
 * greatest length that the normalizer looks up as a whole, so the result is the same.
 * @module
 */
import { codePointSet } from './code-point-set.ts'
import {
  CLUSTER_CONTROL,
  CLUSTER_EXTEND,
  CLUSTER_PREPEND,
  CLUSTER_SPACING,
  CONJUNCT_CONSONANT,
  CONJUNCT_LINKER,
} from './reference-unicode.ts'

const CARRIAGE_RETURN = 0x0d
const LINE_FEED = 0x0a
const ZERO_WIDTH_NON_JOINER = 0x200c
const ZERO_WIDTH_JOINER = 0x200d
const FIRST_SYLLABLE = 0xac00
const LAST_SYLLABLE = 0xd7a3
const TRAILING_JAMO = 28
/** Equal in every relevant Unicode version, so the engine's property is used. */
const PICTOGRAPH = /^\p{Extended_Pictographic}$/u

/** Effects of a character on its neighbours. */
type Class =
  | 'other'
  | 'control'
  // Join the character before.
  | 'extend'
  | 'non-joiner'
  | 'joiner'
  | 'spacing'
  | 'linker'
  // Joins the character after.
  | 'prepend'
  // Join each other across linkers, and across joiners.
  | 'consonant'
  | 'pictograph'
  // Hangul: jamo; syllables without and with a trailing one.
  | 'leading'
  | 'vowel'
  | 'trailing'
  | 'open'
  | 'closed'

const control = codePointSet(CLUSTER_CONTROL)
const extend = codePointSet(CLUSTER_EXTEND)
const spacing = codePointSet(CLUSTER_SPACING)
const prepend = codePointSet(CLUSTER_PREPEND)
const linker = codePointSet(CONJUNCT_LINKER)
const consonant = codePointSet(CONJUNCT_CONSONANT)

const classes = new Map<number, Class>()

function classOf(code: number): Class {
  let found = classes.get(code)
  if (found === undefined) {
    found = findClass(code)
    // Scripts in use have some hundreds of characters; a text of all of Unicode must not fill memory.
    if (classes.size < 4096) classes.set(code, found)
  }
  return found
}

function findClass(code: number): Class {
  if (code === ZERO_WIDTH_JOINER) return 'joiner'
  if (code === ZERO_WIDTH_NON_JOINER) return 'non-joiner'
  if (control.has(code)) return 'control'
  if (linker.has(code)) return 'linker'
  if (extend.has(code)) return spacing.has(code) ? 'spacing' : 'extend'
  if (prepend.has(code)) return 'prepend'
  if (consonant.has(code)) return 'consonant'
  if (code >= FIRST_SYLLABLE && code <= LAST_SYLLABLE) return (code - FIRST_SYLLABLE) % TRAILING_JAMO === 0 ? 'open' : 'closed'
  if ((code >= 0x1100 && code <= 0x115f) || (code >= 0xa960 && code <= 0xa97c)) return 'leading'
  if ((code >= 0x1160 && code <= 0x11a7) || (code >= 0xd7b0 && code <= 0xd7c6)) return 'vowel'
  if ((code >= 0x11a8 && code <= 0x11ff) || (code >= 0xd7cb && code <= 0xd7fb)) return 'trailing'
  return PICTOGRAPH.test(String.fromCodePoint(code)) ? 'pictograph' : 'other'
}

/** Possible continuations within one cluster. */
const FOLLOWERS: Partial<Record<Class, readonly Class[]>> = {
  leading: ['leading', 'vowel', 'open', 'closed'],
  open: ['vowel', 'trailing'],
  vowel: ['vowel', 'trailing'],
  closed: ['trailing'],
  trailing: ['trailing'],
}

/** Splits a text into its clusters. */
export function* clustersOf(text: string): Generator<string> {
  const joins = createJoiner()
  let start = 0
  for (let at = 0; at < text.length;) {
    const code = text.codePointAt(at)!
    if (!joins(code) && at > start) {
      yield text.slice(start, at)
      start = at
    }
    at += code > 0xffff ? 2 : 1
  }
  if (start < text.length) yield text.slice(start)
}

/** Called with one character after the other: whether it belongs to the previous character's cluster. */
function createJoiner(): (code: number) => boolean {
  let before = -1
  let beforeClass: Class = 'control'
  /** 1 after a consonant and its extenders, 2 once a linker is among them. */
  let conjunct = 0
  /** 1 after a pictograph and its extenders, 2 after a joiner behind them. */
  let pictographs = 0

  function joins(code: number, next: Class): boolean {
    if (beforeClass === 'control' || next === 'control') return before === CARRIAGE_RETURN && code === LINE_FEED
    switch (next) {
      case 'extend':
      case 'non-joiner':
      case 'joiner':
      case 'spacing':
      case 'linker':
        return true
      case 'consonant':
        return conjunct === 2 || beforeClass === 'prepend'
      case 'pictograph':
        return pictographs === 2 || beforeClass === 'prepend'
      default:
        return beforeClass === 'prepend' || (FOLLOWERS[beforeClass]?.includes(next) ?? false)
    }
  }

  function follow(next: Class): void {
    if (next === 'consonant') conjunct = 1
    else if (next === 'linker') conjunct &&= 2
    else if (next !== 'extend' && next !== 'joiner') conjunct = 0

    if (next === 'pictograph') pictographs = 1
    else if (next === 'joiner') pictographs = pictographs === 1 ? 2 : 0
    else if (pictographs === 2 || (next !== 'extend' && next !== 'linker' && next !== 'non-joiner')) pictographs = 0
  }

  return (code) => {
    const next = classOf(code)
    const joined = joins(code, next)
    follow(next)
    before = code
    beforeClass = next
    return joined
  }
}
