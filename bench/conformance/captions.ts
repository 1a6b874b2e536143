/**
 * BLEU, ROUGE-L and CIDEr-D against pycocoevalcap, CIDEr and CIDEr-D against vrama91/cider: random corpora of
 * tokenised captions.
 * @module
 */
import { type CaptionedItem, evaluateCaptions } from '../../src/metrics/caption-evaluation.ts'
import { drawnCorpus } from './caption-corpora.ts'
import { type ConformanceContext, type ConformancePart, type ConformanceRow, relativeDifference, scaled } from './part.ts'

const CORPORA = 2500
const BOUND = 1e-9
const NO_WORDS = 'corpora without any reference word, where the official CIDEr raises'

type Scores = Readonly<Record<string, number>>

export const captions: ConformancePart = {
  name: 'captions',
  official: 'pycocoevalcap 1.2',
  run: async (context) => {
    const corpora = drawnCorpora(context)
    const answers = await context.official(
      'captions',
      corpora.map((items) => ({ items })),
    )
    const comparison = new Comparison(['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'ROUGE_L', 'CIDEr'])
    corpora.forEach((items, index) => {
      const answer = answers[index] as { aggregate: Scores; per_image: Record<string, Scores>; raised?: string }
      if (answer.raised !== undefined && items.every(({ references }) => references.every((text) => text.trim() === '')))
        return comparison.leaveOut(NO_WORDS)
      const own = evaluateCaptions(items)
      comparison.add({ ...own.aggregate }, answer.aggregate, items)
      items.forEach((item, at) => comparison.add({ ...own.perItem[at]! }, answer.per_image?.[item.id], item))
    })
    return comparison.rows()
  },
}

export const cider: ConformancePart = {
  name: 'cider',
  official: 'vrama91/cider @f281464',
  run: async (context) => {
    const corpora = drawnCorpora(context)
    const comparison = new Comparison(['CIDEr', 'CIDEr-D'])
    const variants = ['CIDEr', 'CIDEr-D'] as const
    const requests = (variant: string) => corpora.map((items) => ({ items, variant }))
    const answers: unknown[][] = []
    for (const variant of variants) answers.push(await context.official('cider', requests(variant), { checkouts: true }))
    corpora.forEach((items, index) => {
      const official = answers.map((own) => own[index]) as (number[] | { raised: string })[]
      if (official.some((own) => 'raised' in own)) return comparison.leaveOut(NO_WORDS)
      const [plain, clipped] = variants.map((ciderVariant) => evaluateCaptions(items, { ciderVariant }).perItem)
      items.forEach((item, at) =>
        comparison.add(
          { CIDEr: plain![at]!.CIDEr, 'CIDEr-D': clipped![at]!.CIDEr },
          { CIDEr: (official[0] as number[])[at]!, 'CIDEr-D': (official[1] as number[])[at]! },
          item,
        ),
      )
    })
    return comparison.rows()
  },
}

function drawnCorpora(context: ConformanceContext): CaptionedItem[][] {
  const random = context.random('captions')
  return Array.from({ length: scaled(CORPORA, context) }, () => drawnCorpus(random))
}

/** Compares records of numbers, one row per name. */
export class Comparison {
  readonly #rows: Map<string, { cases: number; differing: number; largest: number; examples: string[] }>
  readonly #leftOut: Record<string, number> = {}

  constructor(names: readonly string[]) {
    this.#rows = new Map(names.map((name) => [name, { cases: 0, differing: 0, largest: 0, examples: [] }]))
  }

  leaveOut(reason: string): void {
    this.#leftOut[reason] = (this.#leftOut[reason] ?? 0) + 1
  }

  add(own: Scores, official: Scores | undefined, input: unknown): void {
    for (const name of this.#rows.keys()) this.#addTo(name, own[name]!, official?.[name] ?? Number.NaN, input)
  }

  #addTo(name: string, own: number, official: number, input: unknown): void {
    const row = this.#rows.get(name)!
    const difference = relativeDifference(own, official)
    row.cases++
    row.largest = Math.max(row.largest, difference)
    if (difference <= BOUND) return
    row.differing++
    row.examples.push(`${JSON.stringify(input)}\n  official ${official}\n  assay    ${own}`)
  }

  /** Every number of a record as a case of one row. */
  addEach(name: string, own: Scores, official: Scores, input: unknown): void {
    for (const [key, value] of Object.entries(official)) this.#addTo(name, own[key] ?? Number.NaN, value, { key, input })
  }

  rows(): ConformanceRow[] {
    return Array.from(this.#rows, ([what, { cases, differing, largest, examples }]) => ({
      what,
      cases,
      differing,
      largestDifference: largest,
      undecidable: this.#leftOut,
      examples: examples.toSorted((a, b) => a.length - b.length).slice(0, 3),
    }))
  }
}
