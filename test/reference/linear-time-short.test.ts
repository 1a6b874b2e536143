/**
 * Every function over text takes time proportional to its length, for every text: no request and no file
 * blocks a Worker. `test/support/linear-time.ts` explains the measurement;
 * `linear-time.test.ts` does the same with longer and more texts.
 *
 * METEOR's alignment, ROUGE-L's subsequence and SPICE's matches compare each word or tuple with every other.
 * Their input has a maximum size (`contracts/text-limits.ts`), and at that size the time has a bound.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { countWords, MOST_CHARACTERS, MOST_TUPLES, MOST_WORDS } from '../../src/contracts/text-limits.ts'
import { meteorStatistics } from '../../src/metrics/meteor.ts'
import { ParaphraseTable } from '../../src/metrics/meteor-paraphrases.ts'
import { rougeL } from '../../src/metrics/rouge-l.ts'
import { spice, type SpiceTuple } from '../../src/metrics/spice.ts'
import { leastCpu } from '../support/cpu-time.ts'
import { manyOf, superlinear, TEXTS } from '../support/linear-time.ts'
import { NOT_OVER_TEXT, OVER_FILES, OVER_RECORDS, OVER_TEXT } from '../support/text-functions.ts'

/** A fifth of the longest text of a dataset: long enough for a judgement, and a few seconds for all. */
const CHARACTERS = MOST_CHARACTERS / 5
const FEW_TEXTS = TEXTS.filter(([name]) => name.endsWith('…"') || /^"(?: |\\[tn]|\.|\/|0:|\{\{|'|&|<|@).*!"$/.test(name))

describe('linear time', () => {
  test.each(Object.keys(OVER_TEXT))('%s', (name) => {
    const run = OVER_TEXT[name]!
    const slow = FEW_TEXTS.flatMap(([text, input]) => superlinear({ name: `${name} of ${text}`, run, input }, CHARACTERS) ?? [])
    expect(slow).toEqual([])
  })

  test.each(Object.keys(OVER_FILES))('%s, many short texts', (name) => {
    const { file, read } = OVER_FILES[name]!
    const slow = FEW_TEXTS.flatMap(
      ([text, textOf]) => superlinear({ name: `${name} of ${text}`, run: read, input: manyOf(textOf, file) }, CHARACTERS) ?? [],
    )
    expect(slow).toEqual([])
  })

  test.each(Object.keys(OVER_RECORDS))('%s, many records', (name) => {
    const { records, run } = OVER_RECORDS[name]!
    expect(superlinear({ name, run, input: records }, CHARACTERS)).toBeUndefined()
  })

  test('no function of the rooms of text that takes a string is missing here', () => {
    const known = new Set([OVER_TEXT, OVER_FILES, OVER_RECORDS].flatMap(Object.keys).map((name: string) => name.split(',')[0]!))
    const source = new URL('../../src/', import.meta.url)
    const taking = ['files', 'tasks', 'metrics', 'text'].flatMap((room) =>
      readdirSync(new URL(`${room}/`, source), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .flatMap((file) => functionsOverStrings(readFileSync(new URL(`${room}/${file}`, source), 'utf8'))),
    )
    expect(taking).toContain('porter2Stem')
    expect(taking.filter((name) => !known.has(name) && NOT_OVER_TEXT[name] === undefined)).toEqual([])
  })
})

/** Exported functions with a parameter whose type names strings, or that check a value of any type. */
function functionsOverStrings(source: string): string[] {
  return [...source.matchAll(/^export (?:async )?function\*? (\w+)\(([^{]*?)\)[:\s{]/gm)].flatMap(([, name, parameters]) =>
    /\b(?:string|unknown)\b/.test(parameters!) ? [name!] : [],
  )
}

describe('with quadratic comparison of words, the largest input', () => {
  const words = (word: (index: number) => string, count = MOST_WORDS) =>
    Array.from({ length: count }, (_, i) => word(i)).join(' ')
  const random = (index: number) => Math.imul(index + 1, 2654435761) >>> 0
  const TEXTS_OF_WORDS: readonly (readonly [string, string])[] = [
    [words(() => 'a'), words(() => 'a', MOST_WORDS - 1)],
    [words((i) => `w${random(i) % 3}`), words((i) => `w${random(i + 7) % 3}`)],
    [words((i) => ['walk', 'walks', 'walked', 'walking'][random(i) % 4]!), words((i) => ['walks', 'walking'][random(i) % 2]!)],
  ]
  const synonyms = new Map(Array.from({ length: 40 }, (_, i) => [`w${i}`, new Set([i % 3, 3 + (i % 5)])]))
  const paraphrases = new ParaphraseTable()
  for (let i = 0; i < 10; i++) paraphrases.add(`w${i}`, `w${i + 1} w${i + 2}`)
  /** Ten times this machine's time: seconds would mean another kind of growth. */
  const BOUND = 3000

  test.each(TEXTS_OF_WORDS.map((texts, index) => [index, ...texts] as const))('METEOR, texts %i', (_, candidate, reference) => {
    expect(countWords(candidate)).toBe(MOST_WORDS)
    expect(leastCpu(BOUND, () => meteorStatistics(candidate, [reference]))).toBeLessThan(BOUND)
    expect(leastCpu(BOUND, () => meteorStatistics(candidate, [reference], { synonyms, paraphrases }))).toBeLessThan(BOUND)
  })

  test('ROUGE-L', () => {
    for (const [candidate, reference] of TEXTS_OF_WORDS)
      expect(leastCpu(200, () => rougeL(candidate, [reference]))).toBeLessThan(200)
  })

  test('SPICE', () => {
    const tuples = (at: number) =>
      Array.from({ length: MOST_TUPLES }, (_, i): SpiceTuple => [`o${(at + random(i)) % 50}`, `r${i}`, `o${i % 90}`])
    const synsets = new Map(Array.from({ length: 90 }, (_, i) => [`o${i}`, new Set([i % 7, 7 + (i % 11)])]))
    expect(leastCpu(BOUND, () => spice(tuples(0), tuples(1)))).toBeLessThan(BOUND)
    expect(leastCpu(BOUND, () => spice(tuples(0), tuples(1), synsets))).toBeLessThan(BOUND)
  })
})
