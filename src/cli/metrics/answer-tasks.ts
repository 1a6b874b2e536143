/**
 * `metrics vqa-v2` and `metrics nlvr2`.
 * @module
 */
import { readNlvr2 } from '../../tasks/nlvr2/formats/nlvr2.ts'
import { readNlvr2Categories } from '../../tasks/nlvr2/formats/nlvr2-categories.ts'
import { readNlvr2Predictions, requirePredictions } from '../../tasks/nlvr2/formats/nlvr2-predictions.ts'
import type { VqaQuestion } from '../../tasks/vqa/formats/vqa-v2-records.ts'
import { checkedChoices, matchVqaAnswers, streamVqaAnswers } from '../../tasks/vqa/formats/vqa-v2-results.ts'
import { streamVqaAnnotations, streamVqaQuestions } from '../../tasks/vqa/formats/vqa-v2-streams.ts'
import { categoryAccuracy, filteredAccuracy, isReadable, nlvr2Correct, type Nlvr2Row, nlvr2Scores } from '../../metrics/nlvr2.ts'
import { vqaAccuracy, type VqaRow, vqaSummary } from '../../metrics/vqa-accuracy.ts'
import { nlvr2Metrics, vqaMetrics } from './intervals.ts'
import { UsageError } from '../arguments.ts'
import { EXAMPLE } from '../example.ts'
import { type MetricsTask, openFile, type Options, readBytes, readText, type TerminalIo } from './task.ts'

export const vqaV2: MetricsTask = {
  usage: 'metrics vqa-v2 --questions Q.json --annotations A.json --results R.json [--scorer 2021|2015] [--intervals]',
  examples: [
    `${EXAMPLE} metrics vqa-v2 --questions test/golden/vqa-v2/questions.json --annotations test/golden/vqa-v2/annotations.json --results test/golden/vqa-v2/results.json --intervals`,
  ],
  options: { questions: true, annotations: true, results: true, scorer: false },
  flags: ['intervals'],
  async run(options, io) {
    const [rows] = await vqaRows(options, [options.get('results')], io)
    const { rounded, unrounded } = vqaSummary(rows!)
    const scores = { ...rounded, overall_unrounded: unrounded.overall, n: rows!.length }
    const scorer = options.choose('scorer', ['2021', '2015'], '2021')
    return options.has('intervals') ? { ...scores, metrics: vqaMetrics(rows!, `vqa-${scorer}`) } : scores
  },
}

export const nlvr2: MetricsTask = {
  usage:
    'metrics nlvr2 --examples E.json --predictions P.csv [--subset balanced.json] [--categories annotated_examples.txt] [--intervals]',
  examples: [
    `${EXAMPLE} metrics nlvr2 --examples test/golden/nlvr2/examples.json --predictions test/golden/nlvr2/predictions.csv --intervals`,
    `${EXAMPLE} metrics nlvr2 --examples test/golden/nlvr2/examples.json --predictions test/golden/nlvr2/predictions.csv --subset test/golden/nlvr2/balanced.json --categories test/golden/nlvr2/annotated_examples.txt`,
  ],
  options: { examples: true, predictions: true, subset: false, categories: false },
  flags: ['intervals'],
  async run(options, io) {
    const [rows] = await nlvr2Rows(options, [options.get('predictions')], io)
    const scores = { ...nlvr2Scores(rows!), ...(await nlvr2Parts(options, io)) }
    return options.has('intervals') ? { ...scores, metrics: nlvr2Metrics(rows!) } : scores
  },
}

/**
 * Scored questions of each results file, in annotation order. Each file is read in one pass and never held
 * whole.
 */
export async function vqaRows(
  options: Options,
  resultPaths: readonly string[],
  io: TerminalIo,
): Promise<(VqaRow & { question_id: string; image_id: string })[][]> {
  const scorer = options.choose('scorer', ['2021', '2015'], '2021')
  const { asked, choices } = await vqaQuestions(options.get('questions'), io)
  const systems = []
  for (const path of resultPaths) {
    const rows: (VqaRow & { question_id: string; image_id: string })[] = []
    systems.push({ answers: await streamVqaAnswers(openFile(path, io), choices), rows })
  }
  const ids: string[] = []
  const kept = new Map<string, string>()
  const once = (text: string) => {
    const known = kept.get(text)
    if (known === undefined) kept.set(text, text)
    return known ?? text
  }
  for await (const annotations of streamVqaAnnotations(openFile(options.get('annotations'), io))) {
    for (const { annotation } of annotations) {
      const { question_id, image_id } = annotation
      if (!asked.has(Number(question_id)))
        throw new UsageError(`annotations file: the question file has no question ${question_id}`)
      ids.push(question_id)
      // interned: there are about sixty types, and one copy per question would fill the heap
      const question_type = once(annotation.question_type)
      const answer_type = once(annotation.answer_type)
      for (const { answers, rows } of systems) {
        const answer = answers.get(question_id)
        const accuracy = answer === undefined ? NaN : vqaAccuracy(answer, annotation.answers, `vqa-${scorer}`)
        rows.push({ question_id, image_id, accuracy, question_type, answer_type })
      }
    }
  }
  for (const { answers, rows } of systems) {
    // ids are unique, so equal numbers and none missing mean equal sets
    if (answers.size !== ids.length || rows.some(({ accuracy }) => Number.isNaN(accuracy))) matchVqaAnswers(answers, ids)
  }
  io.stderr(`scored ${ids.length} answers by the scorer of ${scorer}\n`)
  return systems.map(({ rows }) => rows)
}

/** Question ids, and the multiple choices where they count. */
async function vqaQuestions(path: string, io: TerminalIo) {
  const asked = new Set<number>()
  const withChoices: VqaQuestion[] = []
  const batches = streamVqaQuestions(openFile(path, io))
  let next = await batches.next()
  for (; next.done !== true; next = await batches.next()) {
    for (const question of next.value) {
      asked.add(Number(question.question_id))
      if (question.multiple_choices !== undefined) withChoices.push(question)
    }
  }
  return { asked, choices: checkedChoices(withChoices, next.value) }
}

/** Official numbers for a subset and per linguistic category, if their files are given. */
async function nlvr2Parts(options: Options, io: TerminalIo) {
  const [subset, categories] = [options.find('subset'), options.find('categories')]
  if (subset === undefined && categories === undefined) return {}
  const predictions = readNlvr2Predictions(await readText(options.get('predictions'), io))
  const examplesOf = async (path: string) => {
    const examples = readNlvr2(await readBytes(path, io))
    requirePredictions(
      examples.map(({ identifier }) => identifier),
      predictions,
    )
    return examples.map((example) => ({ ...example, prediction: predictions.get(example.identifier)! }))
  }
  return {
    ...(subset !== undefined && { subset: filteredAccuracy(await examplesOf(subset)) }),
    ...(categories !== undefined && {
      categories: categoryAccuracy(
        readNlvr2Categories(await readText(categories, io)),
        (await examplesOf(options.get('examples'))).map(({ sentence, label, prediction }) => ({
          sentence,
          correct: nlvr2Correct(prediction, label),
        })),
      ),
    }),
  }
}

/** Scored examples of each predictions file, in file order. */
export async function nlvr2Rows(
  options: Options,
  predictionPaths: readonly string[],
  io: TerminalIo,
): Promise<(Nlvr2Row & { readable: boolean })[][]> {
  const examples = readNlvr2(await readBytes(options.get('examples'), io))
  const ids = examples.map(({ identifier }) => identifier)
  const systems: (Nlvr2Row & { readable: boolean })[][] = []
  for (const path of predictionPaths) {
    const predictions = readNlvr2Predictions(await readText(path, io))
    requirePredictions(ids, predictions)
    const rows = examples.map(({ identifier, label }) => {
      const prediction = predictions.get(identifier)!
      return { identifier, correct: nlvr2Correct(prediction, label), readable: isReadable(prediction) }
    })
    const unreadable = rows.filter(({ readable }) => !readable)
    if (unreadable.length > 0)
      io.stderr(
        `${unreadable.length} of ${rows.length} predictions of ${path} are neither true nor false, ${unreadable[0]!.identifier} first: ` +
          `${JSON.stringify(predictions.get(unreadable[0]!.identifier)!.slice(0, 40))}. They are not scored; officially they are wrong\n`,
      )
    systems.push(rows)
  }
  return systems
}
