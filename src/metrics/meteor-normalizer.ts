/**
 * METEOR's own tokenisation of a line, `-l en -norm`: the Moses tokenizer of 2010 with METEOR's additions.
 *
 * Denkowski & Lavie, "Meteor Universal", WMT 2014; cmu-mtlab/meteor @57a9ec5. Runs after the PTB tokenizer in the COCO evaluation.
 * Additions kept: quotes and dashes are unified, hyphens between word characters split, dots of abbreviations such as U.S. dropped.
 * @module
 */

const ALPHA = 'A-Za-zŠŽšžŸÀ-ÖØ-öø-žЀ-ӿԀ-ԧꙀ-ꙮ꙾-ꚗᴀ-ᵿ'
const ALNUM = `0-9${ALPHA}`

/** Abbreviations that keep their dot whatever follows. */
const NONBREAKING = new Set(
  (
    'A B C D E F G H I J K L M N O P Q R S T U V W X Y Z Adj Adm Adv Asst Bart Bldg Brig Bros Capt Cmdr Col Comdr Con Corp Cpl DR Dr ' +
    'Drs Ens Gen Gov Hon Hr Hosp Insp Lt MM MR MRS MS Maj Messrs Mlle Mme Mr Mrs Ms Msgr Op Ord Pfc Ph Prof Pvt Rep Reps Res Rev Rt ' +
    'Sen Sens Sfc Sgt Sr St Supt Surg v vs i.e rev e.g Nos Nr'
  ).split(' '),
)
/** Abbreviations that keep it before a number. */
const NONBREAKING_BEFORE_NUMBER = new Set(['No', 'Art', 'pp'])

const SEPARATED = new RegExp(`([^${ALNUM}\\s.'\`,\\-‘’])`, 'g')
const HYPHENATED = new RegExp(`([${ALNUM}.])-([${ALNUM}])`, 'g')
const APOSTROPHES: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`([^${ALPHA}])'([^${ALPHA}])`, 'g'), "$1 ' $2"],
  [new RegExp(`([^${ALPHA}0-9])'([${ALPHA}])`, 'g'), "$1 ' $2"],
  [new RegExp(`([${ALPHA}])'([^${ALPHA}])`, 'g'), "$1 ' $2"],
  [new RegExp(`([${ALPHA}])'([${ALPHA}])`, 'g'), "$1 '$2"],
  [/([0-9])'(s)/g, "$1 '$2"],
]

/** The tokens of a line, in its own letter case. */
export function meteorTokens(line: string): string[] {
  let text = ` ${line} `.replace(SEPARATED, ' $1 ')
  text = text.replace(/\.(\.+)/g, ' DOTMULTI$1')
  while (text.includes('DOTMULTI.')) {
    text = text.replace(/DOTMULTI\.([^.])/g, 'DOTDOTMULTI $1').replaceAll('DOTMULTI.', 'DOTDOTMULTI')
  }
  text = text
    .replace(/([^0-9]),([^0-9])/g, '$1 , $2')
    .replace(/([0-9]),([^0-9])/g, '$1 , $2')
    .replace(/([^0-9]),([0-9])/g, '$1 , $2')
    .replace(/[`‘’]/g, "'")
    .replace(/[“”]|''/g, ' " ')
    .replaceAll('–', '-')
    .replaceAll('--', '-')
    .replace(HYPHENATED, '$1 $2')
  for (const [pattern, replacement] of APOSTROPHES) text = text.replace(pattern, replacement)
  const words = splitTokens(text)
  const broken = words.map((word, index) => breakDot(word, words[index + 1])).join(' ')
  let restored = broken
  while (restored.includes('DOTDOTMULTI')) restored = restored.replaceAll('DOTDOTMULTI', 'DOTMULTI.')
  return splitTokens(restored.replaceAll('DOTMULTI', '.'))
}

function breakDot(word: string, next: string | undefined): string {
  if (word.length <= 1 || !word.endsWith('.')) return word
  const before = word.slice(0, -1)
  if (before.includes('.') && new RegExp(`[${ALPHA}]`).test(before)) return word.replaceAll('.', '')
  if (NONBREAKING.has(before) || (next !== undefined && /^[a-z]/.test(next))) return word
  if (NONBREAKING_BEFORE_NUMBER.has(before) && next !== undefined && /^[0-9]/.test(next)) return word
  return `${before} .`
}

/** Java's StringTokenizer, then Unicode spaces. */
function splitTokens(text: string): string[] {
  return text.split(/[ \t\n\r\f\u00A0\u2000-\u200A\u202F\u205F\u3000]+/).filter((word) => word !== '')
}
