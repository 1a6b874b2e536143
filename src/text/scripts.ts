/**
 * Writing systems: those of languages, and those that a text uses beyond them.
 * @module
 */

/** Unicode script names by ISO 639-1 code. */
const SCRIPTS_OF_LANGUAGE: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    'af ca cs cy da de en es et eu fi fr ga gl hr hu id is it lt lv ms mt nb nl no pl pt ro sk sl sq sv sw tl tr vi'
      .split(' ')
      .map((language) => [language, ['Latin']]),
  ),
  ...Object.fromEntries('be bg kk mk mn ru uk'.split(' ').map((language) => [language, ['Cyrillic']])),
  ...Object.fromEntries('ar fa ur'.split(' ').map((language) => [language, ['Arabic']])),
  ...Object.fromEntries('hi mr ne'.split(' ').map((language) => [language, ['Devanagari']])),
  am: ['Ethiopic'],
  bn: ['Bengali'],
  el: ['Greek'],
  gu: ['Gujarati'],
  he: ['Hebrew'],
  hy: ['Armenian'],
  ja: ['Han', 'Hiragana', 'Katakana'],
  ka: ['Georgian'],
  km: ['Khmer'],
  kn: ['Kannada'],
  ko: ['Hangul', 'Han'],
  lo: ['Lao'],
  ml: ['Malayalam'],
  my: ['Myanmar'],
  pa: ['Gurmukhi'],
  si: ['Sinhala'],
  sr: ['Cyrillic', 'Latin'],
  ta: ['Tamil'],
  te: ['Telugu'],
  th: ['Thai'],
  zh: ['Han'],
}

const SCRIPTS = [...new Set(Object.values(SCRIPTS_OF_LANGUAGE).flat())].toSorted()
const LETTERS = new Map(SCRIPTS.map((script) => [script, new RegExp(`(?=\\p{L})\\p{Script=${script}}`, 'u')]))
/** A letter of none of these scripts. Letters of several scripts, such as `ª`, count for none. */
const OTHER = new RegExp(
  `(?=\\p{L})[^${['Common', 'Inherited', ...SCRIPTS].map((script) => `\\p{Script=${script}}`).join('')}]`,
  'u',
)

/**
 * Scripts of a text's letters that none of the languages is written in, in alphabetical order; `other` for
 * those without a name here.
 * @param languages - ISO 639-1; if one of them is not known here, no script counts as foreign
 */
export function foreignScripts(text: string, languages: readonly string[]): readonly string[] {
  const known = languages.map((language) => SCRIPTS_OF_LANGUAGE[language.toLowerCase().split('-')[0]!])
  if (languages.length === 0 || known.includes(undefined)) return NONE
  const own = new Set(known.flatMap((scripts) => scripts ?? []))
  const foreign = SCRIPTS.filter((script) => !own.has(script) && LETTERS.get(script)!.test(text))
  return OTHER.test(text) ? [...foreign, 'other'] : foreign
}

const NONE: readonly string[] = []
