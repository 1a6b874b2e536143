/**
 * No file of the repository contains a sentence of a public data set. The public sets are in
 * `../shared/golden`; without them the test is skipped.
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../../scripts/paths.ts'
import { hasOfficial, official } from '../unit/metrics/golden.ts'

/** Shorter texts are mere phrases. */
const FEWEST_WORDS = 5
/**
 * Written here, with wording that also occurs elsewhere: things of the scene generator, the sky, common
 * contents of photographs.
 */
const COINCIDENCES = new Set([
  'a baby crawling on the floor',
  'how many boats are there',
  'how many donuts are there',
  'how many hearts are there',
  'man in a suit and tie',
  'what color is the sky',
])
const BINARY = /\.(?:png|jpg|webp|onnx|gz|f32|rgba|rgb|ico|woff2|bin|wasm|data|txt\.br)$/
const WORDS = /[\p{L}\p{N}]+(?:['’][\p{L}]+)*/gu

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(WORDS) ?? []
}

/** Every string of a JSON value. */
function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(stringsOf)
}

/** Sentences of the public sets, as words joined by blanks. */
function publicSentences(): Set<string> {
  const lines = (file: string) => official.text(file).split('\n')
  const texts = [
    ...stringsOf(official.json('coco-captions/annotations.json').annotations),
    ...stringsOf(official.json('coco-captions/results.json')),
    ...lines('ptb-tokenizer/coco_captions_raw.txt'),
    ...stringsOf(official.json('ptb-tokenizer/difficult.json').filter(({ source }: { source: string }) => source !== 'hand')),
    ...stringsOf(official.json('vqa-v2/questions.json').questions),
    ...lines('nlvr2/examples.json')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { sentence: string }).sentence),
    ...lines('flickr8k-judgements/captions.token.txt').map((line) => line.split('\t')[1] ?? ''),
    ...lines('msvd/sentences.txt').map((line) => line.split('\t')[1] ?? ''),
    ...stringsOf(official.json('cider-abstract48s/abstract48S.json')),
    ...stringsOf(official.json('cider-abstract48s/abstract_candsB.json')),
    ...stringsOf(official.json('retrieval-image-text/dataset.json')),
    ...stringsOf(official.json('retrieval-text-video/captions.json')),
    ...stringsOf(official.json('clipscore/example_references.json')),
    ...stringsOf(official.json('coin/taxonomy.json')),
    ...stringsOf(official.json('coin/annotations.json')),
  ]
  return new Set(
    texts
      .map(wordsOf)
      .filter((words) => words.length >= FEWEST_WORDS)
      .map((words) => words.join(' ')),
  )
}

/** Tracked files, and new ones that are not ignored. */
function ownFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  return listed.split('\0').filter((path) => path !== '' && !BINARY.test(path) && existsSync(join(ROOT, path)))
}

test.skipIf(!hasOfficial('coco-captions'))('no file holds a sentence of a public data set', () => {
  const sentences = publicSentences()
  expect(sentences.size).toBeGreaterThan(10_000)
  const byStart = Map.groupBy(
    [...sentences].map((sentence) => sentence.split(' ')),
    (words) => words.slice(0, FEWEST_WORDS).join(' '),
  )
  const found: string[] = []
  for (const path of ownFiles()) {
    const words = wordsOf(readFileSync(join(ROOT, path), 'utf8'))
    for (let at = 0; at + FEWEST_WORDS <= words.length; at++) {
      const candidates = byStart.get(words.slice(at, at + FEWEST_WORDS).join(' '))
      const sentence = candidates?.find((own) => own.every((word, offset) => words[at + offset] === word))?.join(' ')
      if (sentence !== undefined && !COINCIDENCES.has(sentence)) found.push(`${path}: ${sentence}`)
    }
  }
  expect(found).toEqual([])
})
