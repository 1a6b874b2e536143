/**
 * `metrics compare`: is results file B better than results file A on the same data?
 * @module
 */
import { imageSet } from '../../contracts/nlvr2-identifier.ts'
import { bleuOf, bleuStatistics, BLEU_WIDTH, decodeBleu, encodeBleu, unseenBleu } from '../../metrics/bleu.ts'
import { type CaptionedItem, tokenizeItems } from '../../metrics/caption-evaluation.ts'
import { cider } from '../../metrics/cider.ts'
import { countDocumentFrequencies } from '../../metrics/document-frequencies.ts'
import { rougeL } from '../../metrics/rouge-l.ts'
import { columnSums } from '../../statistics/column-sums.ts'
import { compareCorpora, compareMeans, type Comparison } from '../../statistics/compare.ts'
import { type IdentifiedValue, pairById } from '../../statistics/pairing.ts'
import { nlvr2Rows, vqaRows } from './answer-tasks.ts'
import { captionedItems, cocoAnnotations, msvdAnnotations } from './caption-tasks.ts'
import { UsageError } from '../arguments.ts'
import { EXAMPLE } from '../example.ts'
import { type MetricsTask, type Options, type TerminalIo } from './task.ts'

const CAPTION_METRICS = ['CIDEr', 'Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'ROUGE_L'] as const

const LEVEL = 0.95

export const compare: MetricsTask = {
  usage:
    'metrics compare --task vqa-v2|nlvr2|coco-captions|msvd-captions --a baseline --b treatment [--metric CIDEr|Bleu_1..4|ROUGE_L] [--seed 0] [--fail-on degraded] …the task’s own files',
  examples: [
    `${EXAMPLE} metrics compare --task nlvr2 --examples test/golden/nlvr2/examples.json --a test/golden/nlvr2/predictions.csv --b test/golden/nlvr2/predictions.csv --fail-on degraded`,
  ],
  options: {
    task: true,
    a: true,
    b: true,
    metric: false,
    seed: false,
    'fail-on': false,
    questions: false,
    annotations: false,
    scorer: false,
    examples: false,
    captions: false,
  },
  async run(options, io) {
    if (options.find('fail-on') !== undefined) options.choose('fail-on', ['degraded'])
    const task = options.choose('task', ['vqa-v2', 'nlvr2', 'coco-captions', 'msvd-captions'])
    const paths = [options.get('a'), options.get('b')] as const
    switch (task) {
      case 'vqa-v2': {
        requireOptions(options, ['questions', 'annotations'], task)
        const systems = await vqaRows(options, paths, io)
        const [a, b] = systems.map((rows) => {
          const clusterOf = numbering()
          return rows.map(({ question_id, image_id, accuracy }) => ({
            id: question_id,
            cluster: clusterOf(image_id),
            value: accuracy,
          }))
        })
        return means('vqa_accuracy', 'bounded', a!, b!, [0, 1], options)
      }
      case 'nlvr2': {
        requireOptions(options, ['examples'], task)
        const systems = await nlvr2Rows(options, paths, io)
        // A pair needs both answers.
        const unreadable = new Set(systems.flatMap((rows) => rows.filter((row) => !row.readable).map((row) => row.identifier)))
        if (unreadable.size > 0) io.stderr(`${unreadable.size} statements with an unreadable prediction are left out of both\n`)
        const [a, b] = systems.map((rows) => {
          const clusterOf = numbering()
          return rows.flatMap(({ identifier, correct }) => {
            if (unreadable.has(identifier)) return []
            const cluster = clusterOf(imageSet(identifier))
            return [{ id: identifier, cluster, value: Number(correct) }]
          })
        })
        return means('accuracy', 'binary', a!, b!, [0, 1], options)
      }
      default: {
        requireOptions(options, [task === 'coco-captions' ? 'annotations' : 'captions'], task)
        return captions(task, paths, options, io)
      }
    }
  },
  fails: (output, options) => (output as Pick<Comparison, 'verdict'>).verdict === options.find('fail-on'),
}

async function captions(
  task: 'coco-captions' | 'msvd-captions',
  paths: readonly [string, string],
  options: Options,
  io: TerminalIo,
): Promise<unknown> {
  const metric = options.choose('metric', CAPTION_METRICS, 'CIDEr')
  const annotations = task === 'coco-captions' ? await cocoAnnotations(options, io) : await msvdAnnotations(options, io)
  const a = tokenizeItems(await captionedItems(annotations, paths[0], io))
  const b = tokenizeItems(await captionedItems(annotations, paths[1], io))
  const identified = (items: readonly CaptionedItem[], score: (item: CaptionedItem) => number) =>
    items.map((item, cluster): IdentifiedValue => ({ id: item.id, cluster, value: score(item) }))
  if (metric === 'ROUGE_L') {
    const score = ({ candidate, references }: CaptionedItem) => rougeL(candidate, references)
    return means(metric, 'bounded', identified(a, score), identified(b, score), [0, 1], options)
  }
  if (metric === 'CIDEr') {
    // Both systems use the document frequencies of the compared images.
    const frequencies = countDocumentFrequencies(a.map(({ references }) => references))
    // Rounding can raise the score of a caption that equals its reference above 10.
    const score = ({ candidate, references }: CaptionedItem) => Math.min(10, cider(candidate, references, frequencies))
    return means(metric, 'bounded', identified(a, score), identified(b, score), [0, 10], options)
  }
  pairById(
    identified(a, () => 0),
    identified(b, () => 0),
  )
  const order = Number(metric.slice(-1))
  const value = (sums: Float64Array) => bleuOf(decodeBleu(Array.from(sums)))[order - 1]!
  const rowsOf = (items: readonly CaptionedItem[]) =>
    Float64Array.from(items.flatMap(({ candidate, references }) => encodeBleu(bleuStatistics(candidate, references))))
  const baseline = rowsOf(a)
  const treatment = rowsOf(b)
  const rows = { baseline, treatment, width: BLEU_WIDTH, size: 0, unseen: unseenBleu }
  const comparison = compareCorpora({ ...rows, value, ...settings(metric, options) })
  return report(metric, value(columnSums(baseline, BLEU_WIDTH)), value(columnSums(treatment, BLEU_WIDTH)), comparison!)
}

function means(
  metric: string,
  kind: 'binary' | 'bounded',
  a: readonly IdentifiedValue[],
  b: readonly IdentifiedValue[],
  range: readonly [number, number],
  options: Options,
): unknown {
  const comparison = compareMeans(pairById(a, b), { kind, range, ...settings(metric, options) })
  const meanOf = (values: readonly IdentifiedValue[]) => values.reduce((sum, { value }) => sum + value, 0) / values.length
  return report(metric, meanOf(a), meanOf(b), comparison!)
}

function report(metric: string, a: number, b: number, { minimumDetectableEffect, isExact, ...rest }: Comparison): unknown {
  return { metric, a, b, ...rest, is_exact: isExact, minimum_detectable_effect: minimumDetectableEffect }
}

function settings(metric: string, options: Options) {
  const seed = options.find('seed') ?? '0'
  if (!/^\d{1,15}$/.test(seed)) throw new UsageError(`--seed must be a whole number, is ${seed}`)
  return {
    seed: Number(seed),
    key: `compare/${metric}`,
    direction: 'higher_is_better',
    level: LEVEL,
    target: 'population',
  } as const
}

/** Numbers names in order of first appearance. */
function numbering(): (name: string) => number {
  const numbers = new Map<string, number>()
  return (name) => {
    let number = numbers.get(name)
    if (number === undefined) numbers.set(name, (number = numbers.size))
    return number
  }
}

function requireOptions(options: Options, names: readonly string[], task: string): void {
  const missing = names.filter((name) => options.find(name) === undefined)
  if (missing.length > 0) throw new UsageError(`--task ${task} needs ${missing.map((name) => `--${name}`).join(', ')}`)
}
