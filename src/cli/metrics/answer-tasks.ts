/**
 * `metrics vqa-v2` and `metrics nlvr2`.
 * @module
 */
import { readNlvr2, readNlvr2Predictions, requirePredictions } from '../../datasets/nlvr2.ts'
import {
  checkedChoices,
  matchVqaAnswers,
  streamVqaAnnotations,
  streamVqaAnswers,
  streamVqaQuestions,
  type VqaQuestion,
} from '../../datasets/vqa-v2.ts'
import { nlvr2Correct, type Nlvr2Row, nlvr2Summary } from '../../metrics/nlvr2.ts'
import { vqaAccuracy, type VqaRow, vqaSummary } from '../../metrics/vqa-accuracy.ts'
import { type MetricsTask, openFile, type Options, readText, type TerminalIo, UsageError } from './task.ts'

export const vqaV2: MetricsTask = {
  usage: 'metrics vqa-v2 --questions Q.json --annotations A.json --results R.json [--scorer 2021|2015]',
  options: { questions: true, annotations: true, results: true, scorer: false },
  async run(options, io) {
    const [rows] = await vqaRows(options, [options.get('results')], io)
    const { rounded, unrounded } = vqaSummary(rows!)
    return { ...rounded, overall_unrounded: unrounded.overall }
  },
}

export const nlvr2: MetricsTask = {
  usage: 'metrics nlvr2 --examples E.json --predictions P.csv',
  options: { examples: true, predictions: true },
  async run(options, io) {
    const [rows] = await nlvr2Rows(options, [options.get('predictions')], io)
    const { accuracy, consistency } = nlvr2Summary(rows!)
    return { accuracy, consistency }
  },
}

/** Scored questions of each results file, in annotation order. One pass over each file, none of which is held as a whole. */
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
      // a type is one of some sixty: a copy a question would fill the heap
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
    // no id comes twice: as many of both, and none missing, is the same set
    if (answers.size !== ids.length || rows.some(({ accuracy }) => Number.isNaN(accuracy))) matchVqaAnswers(answers, ids)
  }
  io.stderr(`scored ${ids.length} answers by the scorer of ${scorer}\n`)
  return systems.map(({ rows }) => rows)
}

/** The ids, and the choices where they count. */
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

/** Scored examples of each predictions file, in file order. */
export async function nlvr2Rows(options: Options, predictionPaths: readonly string[], io: TerminalIo): Promise<Nlvr2Row[][]> {
  const examples = readNlvr2(await readText(options.get('examples'), io))
  const systems: Nlvr2Row[][] = []
  for (const path of predictionPaths) {
    const predictions = readNlvr2Predictions(await readText(path, io))
    requirePredictions(examples, predictions)
    systems.push(
      examples.map(({ identifier, label }) => ({ identifier, correct: nlvr2Correct(predictions.get(identifier)!, label) })),
    )
  }
  return systems
}
