/**
 * METEOR's own tokenization of a line, `-l en -norm`: the Moses tokenizer of 2010 with METEOR's additions.
 *
 * Denkowski & Lavie, "Meteor Universal", WMT 2014; cmu-mtlab/meteor @57a9ec5. Runs after the PTB tokenizer in
 * the COCO evaluation. METEOR's additions: unify quotes and dashes, split hyphens between word characters,
 * drop dots of abbreviations such as U.S.
 * @module
 */

const ALPHA = 'A-Za-zŠŽšžŸÀ-ÖØ-öø-žЀ-ӿԀ-ԧꙀ-ꙮ꙾-ꚗᴀ-ᵿ'
const ALNUM = `0-9${ALPHA}`

/** Abbreviations that always keep their dot. */
const NONBREAKING = new Set(
  (
    'A B C D E F G H I J K L M N O P Q R S T U V W X Y Z Adj Adm Adv Asst Bart Bldg Brig Bros Capt Cmdr Col Comdr Con Corp Cpl DR Dr ' +
    'Drs Ens Gen Gov Hon Hr Hosp Insp Lt MM MR MRS MS Maj Messrs Mlle Mme Mr Mrs Ms Msgr Op Ord Pfc Ph Prof Pvt Rep Reps Res Rev Rt ' +
    'Sen Sens Sfc Sgt Sr St Supt Surg v vs i.e rev e.g Nos Nr'
  ).split(' '),
)
/** Abbreviations that keep their dot before a number. */
const NONBREAKING_BEFORE_NUMBER = new Set(['No', 'Art', 'pp'])

const LETTER = new RegExp(`[${ALPHA}]`)
/** White space as in Java's patterns. */
const SEPARATED = new RegExp(`([^${ALNUM} \\t\\n\\v\\f\\r.'\`,\\-‘’])`, 'gu')
const HYPHENATED = new RegExp(`([${ALNUM}.])-([${ALNUM}])`, 'g')
const APOSTROPHES: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`([^${ALPHA}])'([^${ALPHA}])`, 'g'), "$1 ' $2"],
  [new RegExp(`([^${ALPHA}0-9])'([${ALPHA}])`, 'g'), "$1 ' $2"],
  [new RegExp(`([${ALPHA}])'([^${ALPHA}])`, 'g'), "$1 ' $2"],
  [new RegExp(`([${ALPHA}])'([${ALPHA}])`, 'g'), "$1 '$2"],
  [/([0-9])'(s)/g, "$1 '$2"],
]

/** Placeholder for each dot of an ellipsis, so that no rule for single dots touches it. */
const DOT_MARKS = Array.from({ length: 32 }, (_, index) => String.fromCharCode(0xfdd0 + index))

/** The tokens of a line, in their original case. */
export function meteorTokens(line: string): string[] {
  const dot = DOT_MARKS.find((mark) => !line.includes(mark)) ?? DOT_MARKS[0]!
  let text = ` ${line} `
    .replace(SEPARATED, ' $1 ')
    .replace(/\.{2,}/g, (dots) => ` ${dot.repeat(dots.length)} `)
    .replace(/([^0-9]),([^0-9])/g, '$1 , $2')
    .replace(/([0-9]),([^0-9])/g, '$1 , $2')
    .replace(/([^0-9]),([0-9])/g, '$1 , $2')
    .replace(/[`\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]|''/g, ' " ')
    .replaceAll('–', '-')
    .replaceAll('--', '-')
    .replace(HYPHENATED, '$1 $2')
  for (const [pattern, replacement] of APOSTROPHES) text = text.replace(pattern, replacement)
  const words = splitTokens(text)
  const broken = words.map((word, index) => breakDot(word, words[index + 1])).join(' ')
  // Unicode spaces separate tokens only now: a dot before one was still the last of its word.
  return splitTokens(javaTrim(broken.replaceAll(dot, '.').replace(/[\u00A0\u2000-\u200A\u202F\u205F\u3000]/g, ' ')))
}

/** Java's `trim`: removes blanks and control characters at the ends. */
function javaTrim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text.charCodeAt(start) <= 32) start++
  while (end > start && text.charCodeAt(end - 1) <= 32) end--
  return text.slice(start, end)
}

function breakDot(word: string, next: string | undefined): string {
  if (word.length <= 1 || !word.endsWith('.')) return word
  const before = word.slice(0, -1)
  if (before.includes('.') && LETTER.test(before)) return word.replaceAll('.', '')
  if (NONBREAKING.has(before) || (next !== undefined && /^[a-z]/.test(next))) return word
  if (NONBREAKING_BEFORE_NUMBER.has(before) && next !== undefined && /^[0-9]/.test(next)) return word
  return `${before} .`
}

/** Java's StringTokenizer. */
function splitTokens(text: string): string[] {
  return text.split(/[ \t\n\r\f]+/).filter((word) => word !== '')
}
