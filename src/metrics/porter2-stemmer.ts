/**
 * The Snowball English stemmer ("Porter2"), as used in METEOR 1.5.
 * http://snowball.tartarus.org/algorithms/english/stemmer.html
 * @module
 */

const VOWEL = /[aeiouy]/
/** A non-vowel, or the end of a region. */
const REGION = /[aeiouy][^aeiouy]/
const DOUBLE = /(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$/

const EXCEPTIONS: Readonly<Record<string, string>> = {
  skis: 'ski',
  skies: 'sky',
  dying: 'die',
  lying: 'lie',
  tying: 'tie',
  idly: 'idl',
  gently: 'gentl',
  ugly: 'ugli',
  early: 'earli',
  only: 'onli',
  singly: 'singl',
  sky: 'sky',
  news: 'news',
  howe: 'howe',
  atlas: 'atlas',
  cosmos: 'cosmos',
  bias: 'bias',
  andes: 'andes',
}
const INVARIANT_AFTER_1A = new Set(['inning', 'outing', 'canning', 'herring', 'earring', 'proceed', 'exceed', 'succeed'])

/** Longest suffix first. */
const STEP_2: readonly (readonly [suffix: string, replacement: string])[] = [
  ['ization', 'ize'],
  ['ational', 'ate'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['iveness', 'ive'],
  ['tional', 'tion'],
  ['biliti', 'ble'],
  ['lessli', 'less'],
  ['entli', 'ent'],
  ['ation', 'ate'],
  ['alism', 'al'],
  ['aliti', 'al'],
  ['ousli', 'ous'],
  ['iviti', 'ive'],
  ['fulli', 'ful'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['abli', 'able'],
  ['izer', 'ize'],
  ['ator', 'ate'],
  ['alli', 'al'],
  ['bli', 'ble'],
  ['ogi', 'og'],
  ['li', ''],
]
const STEP_3: readonly (readonly [suffix: string, replacement: string])[] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['alize', 'al'],
  ['icate', 'ic'],
  ['iciti', 'ic'],
  ['ative', ''],
  ['ical', 'ic'],
  ['ness', ''],
  ['ful', ''],
]
const STEP_4 = 'ement ance ence able ible ment ant ent ism ate iti ous ive ize ion al er ic'.split(' ')

/** The stem of a lower-case word. */
export function porter2Stem(word: string): string {
  if (word.length <= 2) return word
  const exception = EXCEPTIONS[word]
  if (exception !== undefined && Object.hasOwn(EXCEPTIONS, word)) return exception
  let stem = word.replace(/^'/, '')
  // Y marks a consonant y.
  stem = stem.replace(/^y/, 'Y').replace(/([aeiouy])y/g, '$1Y')
  const prefix = /^(?:gener|commun|arsen)/.exec(stem)?.[0].length
  const r1 = prefix ?? regionAfter(stem, 0)
  const r2 = regionAfter(stem, r1)

  stem = stem.replace(/(?:'s'|'s|')$/, '')
  stem = step1a(stem)
  if (INVARIANT_AFTER_1A.has(stem)) return stem
  stem = step1b(stem, r1)
  stem = stem.replace(/(?<=.[^aeiouy])[yY]$/, 'i')
  stem = step2(stem, r1)
  stem = step3(stem, r1, r2)
  stem = step4(stem, r2)
  stem = step5(stem, r1, r2)
  return stem.replaceAll('Y', 'y')
}

/** Start of the region after the first non-vowel that follows a vowel, searched from `start`. */
function regionAfter(word: string, start: number): number {
  const match = REGION.exec(word.slice(start))
  return match === null ? word.length : start + match.index + 2
}

function step1a(stem: string): string {
  if (stem.endsWith('sses')) return stem.slice(0, -2)
  if (/ie[ds]$/.test(stem)) return stem.length > 4 ? stem.slice(0, -2) : stem.slice(0, -1)
  if (/(?:us|ss)$/.test(stem)) return stem
  // The s is removed if a vowel occurs before the letter in front of it.
  if (stem.endsWith('s') && VOWEL.test(stem.slice(0, -2))) return stem.slice(0, -1)
  return stem
}

function step1b(stem: string, r1: number): string {
  const suffix = /(?:eedly|eed|ingly|edly|ing|ed)$/.exec(stem)
  if (suffix === null) return stem
  const base = stem.slice(0, suffix.index)
  if (suffix[0].startsWith('eed')) return suffix.index >= r1 ? `${base}ee` : stem
  if (!VOWEL.test(base)) return stem
  if (/(?:at|bl|iz)$/.test(base)) return `${base}e`
  if (DOUBLE.test(base)) return base.slice(0, -1)
  return isShort(base, r1) ? `${base}e` : base
}

function step2(stem: string, r1: number): string {
  const rule = STEP_2.find(([suffix]) => stem.endsWith(suffix))
  if (rule === undefined) return stem
  const [suffix, replacement] = rule
  const at = stem.length - suffix.length
  if (at < r1) return stem
  if (suffix === 'ogi' && stem[at - 1] !== 'l') return stem
  if (suffix === 'li' && !/[cdeghkmnrt]/.test(stem[at - 1] ?? '')) return stem
  return stem.slice(0, at) + replacement
}

function step3(stem: string, r1: number, r2: number): string {
  const rule = STEP_3.find(([suffix]) => stem.endsWith(suffix))
  if (rule === undefined) return stem
  const [suffix, replacement] = rule
  const at = stem.length - suffix.length
  if (at < r1 || (suffix === 'ative' && at < r2)) return stem
  return stem.slice(0, at) + replacement
}

function step4(stem: string, r2: number): string {
  const suffix = STEP_4.find((ending) => stem.endsWith(ending))
  if (suffix === undefined) return stem
  const at = stem.length - suffix.length
  if (at < r2 || (suffix === 'ion' && !/[st]/.test(stem[at - 1] ?? ''))) return stem
  return stem.slice(0, at)
}

function step5(stem: string, r1: number, r2: number): string {
  const at = stem.length - 1
  if (stem.endsWith('e') && (at >= r2 || (at >= r1 && !endsInShortSyllable(stem.slice(0, -1))))) return stem.slice(0, -1)
  if (stem.endsWith('ll') && at >= r2) return stem.slice(0, -1)
  return stem
}

/**
 * A vowel before a non-vowel other than w, x or Y, after a non-vowel; or a vowel at the beginning of the word
 * before a non-vowel.
 */
function endsInShortSyllable(stem: string): boolean {
  return /[^aeiouy][aeiouy][^aeiouywxY]$/.test(stem) || /^[aeiouy][^aeiouy]$/.test(stem)
}

function isShort(stem: string, r1: number): boolean {
  return r1 >= stem.length && endsInShortSyllable(stem)
}
