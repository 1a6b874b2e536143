/**
 * The two normalization steps of the official VQA scorer, with their quirks (GT-Vision-Lab/VQA,
 * `vqaEval.py`).
 * @module
 */
import { lowerCasePython2, splitWhitespacePython2 } from './python-semantics.ts'

/** In the official order. `'`, `:`, `&`, `%`, `$`, `#`, `*` and non-ASCII marks are absent. */
const PUNCTUATION = Array.from(';/[]"{}()=+\\_-><@`,?!')
const DIGIT_COMMA_DIGIT = /[0-9],[0-9]/
/**
 * The official pattern's look-behind is misspelt and always holds, so every period not before a digit is
 * removed.
 */
const PERIOD_NOT_BEFORE_DIGIT = /\.(?![0-9])/g
/** `re.UNICODE` (32) is passed in place of the count of `re.sub`. */
const PERIODS_REMOVED = 32

const NUMBERS = new Map([
  ['none', '0'],
  ...['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'].map(
    (word, value) => [word, String(value)] as const,
  ),
])
const ARTICLES = new Set(['a', 'an', 'the'])

/**
 * Contracted forms that the scorer restores if exactly one apostrophe is missing. Forms beginning with `I`
 * are listed with a capital there, so they never match lower-cased text; `he'll`, `I'll`, `it's`, `we'd`,
 * `we'll`, `we're`, `she'll`, `she'd` are absent.
 */
const CONTRACTIONS =
  `ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd he'd've he's how'd
  how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've might've mustn't must've needn't not've o'clock oughtn't 'ow's'at
  shan't she'd've should've shouldn't shouldn't've somebody'd've somebody'll somebody's someone'd someone'd've someone'll someone's
  something'd something'd've something'll that's there'd there'd've there're there's they'd they'd've they'll they're they've 'twas
  wasn't we'd've we've weren't what'll what're what's what've when's where'd where's where've who'd who'd've who'll who's who've
  why'll why're why's won't would've wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll you're you've`.split(
    /\s+/,
  )

/** Misspelt form → restored form; one entry is backwards in the official table. */
const RESTORED = new Map([
  ...CONTRACTIONS.flatMap((form) =>
    Array.from(form.matchAll(/'/g), ({ index }) => [form.slice(0, index) + form.slice(index + 1), form] as const),
  ),
  ["somebody'd", 'somebodyd'] as const,
])

/**
 * Deletes each listed mark or replaces it by a blank, then deletes the first 32 periods not before a digit.
 *
 * A mark is deleted if it touches a space anywhere in the *original* text, or if the text contains
 * digit-comma-digit; otherwise it becomes a space.
 */
export function processPunctuation(text: string): string {
  const digits = DIGIT_COMMA_DIGIT.test(text)
  let result = text
  for (const mark of PUNCTUATION) {
    if (!text.includes(mark)) continue
    const touchesSpace = text.includes(`${mark} `) || text.includes(` ${mark}`)
    result = result.replaceAll(mark, digits || touchesSpace ? '' : ' ')
  }
  let removed = 0
  return result.replace(PERIOD_NOT_BEFORE_DIGIT, (period) => (removed++ < PERIODS_REMOVED ? '' : period))
}

/**
 * Lower-cases, maps number words to digits, drops articles, restores apostrophes and joins words with single
 * spaces.
 */
export function processDigitArticle(text: string): string {
  const words: string[] = []
  for (const word of splitWhitespacePython2(lowerCasePython2(text))) {
    const mapped = NUMBERS.get(word) ?? word
    if (!ARTICLES.has(mapped)) words.push(RESTORED.get(mapped) ?? mapped)
  }
  return words.join(' ')
}
