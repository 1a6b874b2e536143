/**
 * VQA accuracy under both scorers, and each normalization step, against the official scorer under Python 2.7,
 * on made-up answers.
 * @module
 */
import { vqaAccuracy, type VqaScorer, vqaSummary } from '../../src/metrics/vqa-accuracy.ts'
import { processDigitArticle, processPunctuation } from '../../src/metrics/vqa-normalization.ts'
import type { CounterRandom } from '../../src/statistics/counter-random.ts'
import { chance, pick, plainCaption } from './caption-grammar.ts'
import { Comparison } from './captions.ts'
import { type ConformancePart, type ConformanceRow, scaled } from './part.ts'

const FILES = 40
const QUESTIONS = 700
const TEXTS = 70_000

const SPELT =
  "one two ten none zero ten. Ten NONE a an the The A. its it's im I'm Id've id've dont don't Dont somebody'd somebodyd somebodyd've ow's'at 'ow'sat yall'd've y'all'dve let's lets youd've thered've twas oclock o'clock hes shes wont 1,000 2,5 3.5 .5 5. 10:30 1/2 $5 50% #1 u.s.a. a.b.c www.x.org ... .. ,".split(
    ' ',
  )
const MARKS = [
  ...';/[]"{}()=+\\_-><@`,?!.\'&%$#*:~^|',
  ' ',
  ' ',
  ' ',
  '. ',
  ' .',
  ', ',
  "' ",
  ' - ',
  '\n',
  '\t',
  '\u2019',
  '\u2026',
]
const LETTERS = [
  ...'\u00e9\u00c9\u0130\u0131\u00df\u1e9e\u03a3\u03c2\u01c5\u13a0\uab70\u1c90\u10a0\u2d00\u2c6f\u2126\u212b\ua64a\u00a0\u2003\u200b\ufeff\u0085\u001c\u180e\u3000\u0345\u2160\u24b6',
  '\u65e5\u672c',
  '\u{1f600}',
  '\u{10400}',
]

type Row = Readonly<Record<string, unknown>>

export const vqa: ConformancePart = {
  name: 'vqa',
  official: 'GT-Vision-Lab/VQA @a013f00, @458a8b2, Python 2.7',
  run: async (context) => {
    const random = context.random('vqa')
    const files = Array.from({ length: scaled(FILES, context) }, () => drawnFile(random))
    const texts = Array.from({ length: scaled(TEXTS, context) }, () => answerText(random))
    const rows: ConformanceRow[] = []
    for (const scorer of ['vqa-2021', 'vqa-2015'] as const) {
      const sets = files.flatMap(({ annotations, results }) => [2, 15].map((decimals) => ({ annotations, results, decimals })))
      const [answer] = await context.official('vqa', [{ scorer, sets, texts: scorer === 'vqa-2021' ? texts : [] }], {
        checkouts: true,
      })
      const official = answer as { sets: { accuracy: Table; evalQA: Record<string, number> }[]; texts: string[][] }
      rows.push(...compared(scorer, files, official.sets))
      if (scorer === 'vqa-2021') rows.push(normalised(texts, official.texts))
    }
    return rows
  },
}

interface Table {
  readonly overall: number
  readonly perAnswerType: Readonly<Record<string, number>>
  readonly perQuestionType: Readonly<Record<string, number>>
}

interface VqaFile {
  readonly annotations: { question_id: number; question_type: string; answer_type: string; answers: Human[] }[]
  readonly results: Row[]
}

interface Human {
  readonly answer: string
  readonly answer_confidence: string
  readonly answer_id: number
}

function compared(
  scorer: VqaScorer,
  files: readonly VqaFile[],
  official: readonly { accuracy: Table; evalQA: Record<string, number> }[],
): ConformanceRow[] {
  const questions = new Comparison([`${scorer}, questions`])
  const tables = new Comparison([`${scorer}, rounded tables`])
  files.forEach(({ annotations, results }, index) => {
    const rows = annotations.map((annotation, at) => {
      const prediction = results[at]!['answer'] as string
      const accuracy = vqaAccuracy(prediction, annotation.answers, scorer)
      const expected = official[2 * index + 1]!.evalQA[annotation.question_id]!
      questions.add(
        { [`${scorer}, questions`]: 100 * accuracy },
        { [`${scorer}, questions`]: expected },
        { prediction, annotation },
      )
      return { ...annotation, accuracy }
    })
    const { rounded } = vqaSummary(rows)
    const { overall, perAnswerType, perQuestionType } = official[2 * index]!.accuracy
    const pairs = [
      [rounded.overall, overall],
      ...Object.entries(perAnswerType).map(([key, value]) => [rounded.per_answer_type[key]!, value]),
      ...Object.entries(perQuestionType).map(([key, value]) => [rounded.per_question_type[key]!, value]),
    ]
    for (const [own, value] of pairs)
      tables.add({ [`${scorer}, rounded tables`]: own! }, { [`${scorer}, rounded tables`]: value! }, `file ${index}`)
  })
  return [...questions.rows(), ...tables.rows()]
}

function normalised(texts: readonly string[], official: readonly string[][]): ConformanceRow {
  const differing = texts.flatMap((text, index) => {
    const [cleaned, punctuation, final] = official[index] as [string, string, string]
    const own = [processPunctuation(cleaned), processDigitArticle(punctuation)]
    return own[0] === punctuation && own[1] === final
      ? []
      : [`${JSON.stringify(text)}\n  official ${JSON.stringify([punctuation, final])}\n  assay    ${JSON.stringify(own)}`]
  })
  const examples = differing.toSorted((a, b) => a.length - b.length).slice(0, 3)
  return { what: 'normalisation, strings', cases: texts.length, differing: differing.length, examples }
}

function drawnFile(random: CounterRandom): VqaFile {
  const annotations: VqaFile['annotations'] = []
  const results: Row[] = []
  for (let index = 0; index < QUESTIONS; index++) {
    const common = answerText(random)
    const isUnanimous = chance(random, 0.25)
    const answers = Array.from({ length: 10 }, (_, place) => ({
      answer: isUnanimous || chance(random, 0.6) ? common : chance(random, 0.5) ? common.toUpperCase() : answerText(random),
      answer_confidence: pick(random, ['yes', 'maybe', 'no']),
      // Equal in all three members, they exclude each other.
      answer_id: chance(random, 0.1) ? 1 : place + 1,
    }))
    const prediction = chance(random, 0.7) ? pick(random, answers).answer : answerText(random)
    const question_id = index + 1
    annotations.push({
      question_id,
      question_type: `type ${index % 7}`,
      answer_type: pick(random, ['yes/no', 'number', 'other']),
      answers,
    })
    results.push({ question_id, answer: chance(random, 0.3) ? ` ${prediction}.` : prediction })
  }
  return { annotations, results }
}

function answerText(random: CounterRandom): string {
  if (chance(random, 0.1)) return plainCaption(random)
  let text = ''
  for (let left = 1 + random.below(4); left > 0; left--) {
    text += chance(random, 0.85) ? pick(random, SPELT) : pick(random, LETTERS)
    if (left > 1 || chance(random, 0.3)) text += pick(random, MARKS)
  }
  return chance(random, 0.02) ? text + '.'.repeat(random.below(40)) : text
}
