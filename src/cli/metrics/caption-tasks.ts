/**
 * `metrics coco-captions`, `metrics msvd-captions` and `metrics ptb-tokenize`.
 * @module
 */
import { readCocoCaptions, readCocoResults, type CocoCaptionAnnotations } from '../../tasks/caption/formats/coco-captions.ts'
import { readParaphrases } from '../../metrics/resources/meteor-paraphrases-file.ts'
import { readMsvdSentences } from '../../tasks/caption/formats/msvd-captions.ts'
import { readSynsets } from '../../metrics/resources/spice-tuples-file.ts'
import { readMeteorSynonyms, readWordNet } from '../../metrics/resources/wordnet-file.ts'
import { type CaptionedItem, evaluateCaptions, evaluateMeteor, tokenizeItems } from '../../metrics/caption-evaluation.ts'
import type { SynonymTable } from '../../metrics/meteor-aligner.ts'
import { ParaphraseTable, phrasesOf } from '../../metrics/meteor-paraphrases.ts'
import { type MeteorOptions, meteorVariant, meteorWords } from '../../metrics/meteor.ts'
import { ptbTokenize, tokenizeCaptions } from '../../metrics/ptb-tokenizer.ts'
import { WordNetSynonyms } from '../../metrics/wordnet-synonyms.ts'
import { captionMetrics } from './intervals.ts'
import { UsageError } from '../arguments.ts'
import { EXAMPLE } from '../example.ts'
import { type MetricsTask, openFile, type Options, readBytes, readJson, readText, type TerminalIo } from './task.ts'

/** Options for the tables of METEOR's modules. */
export const METEOR_TABLES = '[--synsets S.json | --wordnet DIR | --meteor-synonyms DIR] [--paraphrases FILE]'
export const METEOR_OPTIONS = { synsets: false, wordnet: false, 'meteor-synonyms': false, paraphrases: false } as const

export const cocoCaptions: MetricsTask = {
  usage: `metrics coco-captions --annotations A.json --results R.json [--meteor] ${METEOR_TABLES} [--per-image] [--intervals]`,
  examples: [
    `${EXAMPLE} metrics coco-captions --annotations test/golden/coco-captions/annotations.json --results test/golden/coco-captions/results.json --meteor --intervals`,
  ],
  options: { annotations: true, results: true, ...METEOR_OPTIONS },
  flags: ['meteor', 'per-image', 'intervals'],
  async run(options, io) {
    return scoreResults(await cocoAnnotations(options, io), options, io)
  },
}

export const msvdCaptions: MetricsTask = {
  usage: `metrics msvd-captions --captions sents.txt --results R.json [--meteor] ${METEOR_TABLES} [--per-image] [--intervals]`,
  examples: [
    `${EXAMPLE} metrics msvd-captions --captions test/golden/msvd/sentences.txt --results test/golden/msvd/results.json`,
  ],
  options: { captions: true, results: true, ...METEOR_OPTIONS },
  flags: ['meteor', 'per-image', 'intervals'],
  async run(options, io) {
    return scoreResults(await msvdAnnotations(options, io), options, io)
  },
}

export const ptbTokenizeTask: MetricsTask = {
  usage: 'metrics ptb-tokenize --input lines.txt [--filter-punctuation]',
  examples: [`${EXAMPLE} metrics ptb-tokenize --input test/golden/msvd/sentences.txt --filter-punctuation`],
  options: { input: true },
  flags: ['filter-punctuation'],
  async run(options, io) {
    const text = await readText(options.get('input'), io)
    const lines = text.split('\n')
    if (lines.at(-1) === '') lines.pop()
    const tokenized = options.has('filter-punctuation') ? tokenizeCaptions(lines) : ptbTokenize(lines)
    return tokenized.map((line) => `${line}\n`).join('')
  },
}

export async function cocoAnnotations(options: Options, io: TerminalIo): Promise<CocoCaptionAnnotations> {
  return readCocoCaptions(await readBytes(options.get('annotations'), io))
}

/** MSVD's sentences in the shape of COCO's annotations, with clips as images. */
export async function msvdAnnotations(options: Options, io: TerminalIo): Promise<CocoCaptionAnnotations> {
  const clips = readMsvdSentences(await readBytes(options.get('captions'), io))
  const images = clips.map(({ id, sentences }) => ({ id, captions: sentences }))
  return { images, ids: images.map(({ id }) => id), idType: 'string' }
}

/** The items of a results file, in annotation order, as in the official code. */
export async function captionedItems(
  annotations: CocoCaptionAnnotations,
  path: string,
  io: TerminalIo,
): Promise<CaptionedItem[]> {
  const results = readCocoResults(await readJson(path, io), annotations)
  return annotations.images
    .filter(({ id }) => results.has(id))
    .map(({ id, captions }): CaptionedItem => ({ id, candidate: results.get(id)!, references: captions }))
}

async function scoreResults(annotations: CocoCaptionAnnotations, options: Options, io: TerminalIo): Promise<unknown> {
  const items = await captionedItems(annotations, options.get('results'), io)
  io.stderr(
    `scoring ${items.length} captions against ${items.reduce((sum, { references }) => sum + references.length, 0)} references\n`,
  )
  const annotated = annotations.images.filter(({ captions }) => captions.length > 0).length
  const missing = annotated - items.length
  if (missing > 0)
    io.stderr(
      `${missing} of ${annotated} annotated images have no result. CIDEr's document frequencies are those of the ${items.length} that have one, ` +
        "as officially; a run of the API takes all planned images' and calls that CIDEr-D/planned-frequencies\n",
    )
  if (items.length === 1)
    io.stderr(
      'CIDEr of one image is 0: it weighs n-grams by the logarithm of images over images that have them, and log(1/1) is 0\n',
    )
  const tokenized = tokenizeItems(items)
  const { aggregate, perItem } = evaluateCaptions(tokenized)
  const meteor = options.has('meteor') ? await scoreMeteor(tokenized, options, io) : undefined
  const counts = { n: items.length, missing }
  const scores = { ...aggregate, ...(meteor && { METEOR: meteor.aggregate, meteor_variant: meteor.variant }), ...counts }
  const metrics = options.has('intervals')
    ? { metrics: captionMetrics(items, annotated, meteor?.variant === meteorVariant({ modules: ['exact', 'stem'] })) }
    : {}
  if (!options.has('per-image')) return { ...scores, ...metrics }
  const per_image = Object.fromEntries(
    items.map(({ id }, index) => [id, { ...perItem[index], ...(meteor && { METEOR: meteor.perItem[index] }) }]),
  )
  return { ...scores, ...metrics, per_image }
}

/**
 * METEOR. `--synsets` (a table of words), `--wordnet` (WordNet's folder) or `--meteor-synonyms` (METEOR's
 * table) adds the synonym module, `--paraphrases` the paraphrase module. The variant names them.
 */
export async function scoreMeteor(
  items: readonly CaptionedItem[],
  options: Options,
  io: TerminalIo,
): Promise<{ aggregate: number; perItem: number[]; variant: string }> {
  const settings: MeteorOptions = {
    synonyms: await synonymsOf(options, io),
    paraphrases: await paraphrasesOf(items, options.find('paraphrases'), io),
  }
  // WordNet's offsets collide differently from those of METEOR's table: nearly the same numbers, so a name of
  // its own
  const suffix = options.find('wordnet') === undefined ? '' : '/wordnet'
  return { ...evaluateMeteor(items, settings), variant: `${meteorVariant(settings)}${suffix}` }
}

async function synonymsOf(options: Options, io: TerminalIo): Promise<SynonymTable | undefined> {
  const path = options.find('synsets')
  const folder = options.find('wordnet')
  const own = options.find('meteor-synonyms')
  if ([path, folder, own].filter((given) => given !== undefined).length > 1)
    throw new UsageError('--synsets, --wordnet and --meteor-synonyms exclude each other')
  if (path !== undefined) return readSynsets(await readJson(path, io))
  if (own !== undefined)
    return new WordNetSynonyms(
      readMeteorSynonyms(await readText(`${own}/english.synsets`, io), await readText(`${own}/english.exceptions`, io)),
    )
  if (folder === undefined) return undefined
  const parts = ['noun', 'verb', 'adj', 'adv']
  const read = (names: readonly string[]) => Promise.all(names.map((name) => readText(`${folder}/${name}`, io)))
  const data = await read(parts.map((part) => `data.${part}`))
  return new WordNetSynonyms(readWordNet(data, await read(parts.map((part) => `${part}.exc`))))
}

/** The pairs of METEOR's table (`paraphrase-en.gz`, five million) that can occur in the captions. */
async function paraphrasesOf(
  items: readonly CaptionedItem[],
  path: string | undefined,
  io: TerminalIo,
): Promise<ParaphraseTable | undefined> {
  if (path === undefined) return undefined
  const phrases = phrasesOf(items.flatMap(({ candidate, references }) => [candidate, ...references]).map(meteorWords))
  const table = new ParaphraseTable()
  let kept = 0
  for await (const [phrase, paraphrase] of readParaphrases(openFile(path, io), phrases)) {
    table.add(phrase, paraphrase)
    kept++
  }
  io.stderr(`${kept} pairs of ${path} can occur in these captions\n`)
  return table
}
