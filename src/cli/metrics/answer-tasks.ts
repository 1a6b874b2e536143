/**
 * `metrics vqa-v2` and `metrics nlvr2`.
 * @module
 */
import { readNlvr2, readNlvr2Predictions, requirePredictions } from '../../datasets/nlvr2.ts'
import { checkedChoices, readVqaAnnotations, readVqaQuestions, readVqaResults } from '../../datasets/vqa-v2.ts'
import { nlvr2Correct, nlvr2Summary } from '../../metrics/nlvr2.ts'
import { vqaAccuracy, vqaSummary } from '../../metrics/vqa-accuracy.ts'
import { type MetricsTask, readJson, readText, UsageError } from './task.ts'

export const vqaV2: MetricsTask = {
  usage: 'metrics vqa-v2 --questions Q.json --annotations A.json --results R.json [--scorer 2021|2015]',
  options: { questions: true, annotations: true, results: true, scorer: false },
  async run(options, io) {
    const scorer = options.choose('scorer', ['2021', '2015'], '2021')
    const questionFile = readVqaQuestions(await readJson(options.get('questions'), io))
    const { annotations } = readVqaAnnotations(await readJson(options.get('annotations'), io))
    const asked = new Set(questionFile.questions.map(({ question_id }) => question_id))
    const unasked = annotations.find(({ question_id }) => !asked.has(question_id))
    if (unasked !== undefined) throw new UsageError(`annotations file: the question file has no question ${unasked.question_id}`)
    const results = readVqaResults(
      await readJson(options.get('results'), io),
      annotations.map(({ question_id }) => question_id),
      checkedChoices(questionFile.questions, questionFile.header),
    )
    io.stderr(`scoring ${annotations.length} answers by the scorer of ${scorer}\n`)
    const rows = annotations.map(({ question_id, question_type, answer_type, answers }) => ({
      accuracy: vqaAccuracy(results.get(question_id)!, answers, `vqa-${scorer}`),
      question_type,
      answer_type,
    }))
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
