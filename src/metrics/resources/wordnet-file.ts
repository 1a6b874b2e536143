/**
 * WordNet 3.0 as METEOR's synonym module sees it: words to synset ids whatever the part of speech, inflected forms to their bases.
 * Reads WordNet's own files (`data.noun`, `noun.exc`, …) and METEOR 1.5's (`english.synsets`, `english.exceptions`).
 * @module
 */
import { Problems } from '../../files/problems.ts'

export interface WordNetTables {
  /** Synset ids by word, the words of a phrase joined by `_`. */
  readonly synsets: ReadonlyMap<string, ReadonlySet<number>>
  /** Bases by irregular form. */
  readonly bases: ReadonlyMap<string, readonly string[]>
}

/**
 * Reads WordNet's data and exception files. A synset's id is its byte offset alone, so that synsets of two parts of speech at one
 * offset fall together, as they do in METEOR.
 * @param data - the texts of `data.noun`, `data.verb`, `data.adj`, `data.adv`.
 * @param exceptions - the texts of `noun.exc`, `verb.exc`, `adj.exc`, `adv.exc`.
 * @throws {Fault} `unprocessable` for a line of another form.
 */
export function readWordNet(data: readonly string[], exceptions: readonly string[]): WordNetTables {
  const problems = new Problems('WordNet data')
  const synsets = new Map<string, Set<number>>()
  for (const [file, text] of data.entries()) {
    for (const [index, line] of text.split('\n').entries()) {
      // the licence at the head of each file is indented
      if (line === '' || line.startsWith(' ')) continue
      const fields = line.split(' ')
      const id = Number(fields[0])
      const count = Number.parseInt(fields[3] ?? '', 16)
      if (!Number.isInteger(id) || !Number.isInteger(count)) problems.note(`/${file}/${index}`, 'is not a synset')
      // the count is the file's word, the line's end is a fact
      for (let at = 4; at < Math.min(4 + 2 * count, fields.length); at += 2)
        // an adjective may carry its syntactic marker: galore(ip)
        addTo(synsets, fields[at]!.replace(/\((?:a|p|ip)\)$/, '').toLowerCase(), id)
    }
  }
  if (synsets.size === 0) problems.note('', 'holds no synset')
  problems.throwIfAny()
  const bases = new Map<string, string[]>()
  for (const text of exceptions) {
    for (const line of text.split('\n')) {
      const [form, ...own] = line.trim().split(' ')
      if (form !== undefined && form !== '') addBases(bases, form, own)
    }
  }
  return { synsets, bases }
}

/**
 * Reads METEOR's tables: pairs of lines, a word and its synset ids; a base and its irregular forms.
 * @throws {Fault} `unprocessable`
 */
export function readMeteorSynonyms(synsetText: string, exceptionText: string): WordNetTables {
  const problems = new Problems('METEOR synsets')
  const synsets = new Map<string, Set<number>>()
  linePairs(synsetText).forEach(([word, ids], index) => {
    const numbers = ids.split(/\s+/).filter(Boolean).map(Number)
    if (numbers.some((id) => !Number.isInteger(id)))
      problems.note(`/${2 * index + 1}`, `line ${2 * index + 2} must hold synset ids`)
    synsets.set(word, new Set(numbers))
  })
  problems.throwIfAny()
  const bases = new Map<string, string[]>()
  for (const [base, forms] of linePairs(exceptionText))
    for (const form of forms.split(/\s+/).filter(Boolean)) addBases(bases, form, [base])
  return { synsets, bases }
}

function addTo(synsets: Map<string, Set<number>>, word: string, id: number): void {
  const ids = synsets.get(word)
  if (ids === undefined) synsets.set(word, new Set([id]))
  else ids.add(id)
}

/** Appends in place: a copy per line is quadratic in the lines about one form. */
function addBases(bases: Map<string, string[]>, form: string, own: readonly string[]): void {
  const known = bases.get(form)
  if (known === undefined) bases.set(form, [...own])
  else for (const base of own) known.push(base)
}

function linePairs(text: string): [string, string][] {
  const lines = text.split(/\r?\n/)
  const pairs: [string, string][] = []
  for (let i = 0; i + 1 < lines.length; i += 2) pairs.push([lines[i]!, lines[i + 1]!])
  return pairs
}
