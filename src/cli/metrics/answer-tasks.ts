/**
 * `metrics vqa-v2` and `metrics nlvr2`.
 * @module
 */
import { readNlvr2, readNlvr2Predictions, requirePredictions } from '../../datasets/nlvr2.ts'
import { checkedChoices, matchVqaAnswers, readVqaAnswers, readVqaQuestions, streamVqaAnnotations } from '../../datasets/vqa-v2.ts'
import { nlvr2Correct, nlvr2Summary } from '../../metrics/nlvr2.ts'
import { vqaAccuracy, type VqaRow, vqaSummary } from '../../metrics/vqa-accuracy.ts'
import { type MetricsTask, openFile, readJson, readText, UsageError } from './task.ts'

export const vqaV2: MetricsTask = {
  usage: 'metrics vqa-v2 --questions Q.json --annotations A.json --results R.json [--scorer 2021|2015]',
  options: { questions: true, annotations: true, results: true, scorer: false },
  async run(options, io) {
    const scorer = options.choose('scorer', ['2021', '2015'], '2021')
    const { questions, header } = readVqaQuestions(await readJson(options.get('questions'), io))
    const asked = new Set(questions.map(({ question_id }) => question_id))
    const answers = readVqaAnswers(await readJson(options.get('results'), io), checkedChoices(questions, header))
    const rows: (VqaRow & { question_id: string })[] = []
    for await (const { annotation } of streamVqaAnnotations(openFile(options.get('annotations'), io))) {
      const { question_id, question_type, answer_type } = annotation
      if (!asked.has(question_id)) throw new UsageError(`annotations file: the question file has no question ${question_id}`)
      const answer = answers.get(question_id)
      const accuracy = answer === undefined ? NaN : vqaAccuracy(answer, annotation.answers, `vqa-${scorer}`)
      rows.push({ question_id, accuracy, question_type, answer_type })
    }
    matchVqaAnswers(
      answers,
      rows.map(({ question_id }) => question_id),
    )
    io.stderr(`scored ${rows.length} answers by the scorer of ${scorer}\n`)
    const { rounded, unrounded } = vqaSummary(rows)
    return { ...rounded, overall_unrounded: unrounded.overall }
  },
}

export const nlvr2: MetricsTask = {
  usage: 'metrics nlvr2 --examples E.json --predictions P.csv',
  options: { examples: true, predictions: true },
  async run(options, io) {
    const examples = readNlvr2(await readText(options.get('examples'), io))
    const predictions = readNlvr2Predictions(await readText(options.get('predictions'), io))
    requirePredictions(examples, predictions)
    const rows = examples.map(({ identifier, label }) => ({
      identifier,
      correct: nlvr2Correct(predictions.get(identifier)!, label),
    }))
    const { accuracy, consistency } = nlvr2Summary(rows)
    return { accuracy, consistency }
  },
}
