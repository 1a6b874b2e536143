/**
 * NLVR2's accuracy and consistency against `metrics.py`, on made-up examples and predictions.
 * (`compute_filtered_accuracy.py` and `compute_category_accuracy.py` are not compared.)
 * @module
 */
import { readNlvr2 } from '../../src/tasks/nlvr2/formats/nlvr2.ts'
import { readNlvr2Predictions } from '../../src/tasks/nlvr2/formats/nlvr2-predictions.ts'
import { nlvr2Correct, nlvr2Summary } from '../../src/metrics/nlvr2.ts'
import type { CounterRandom } from '../../src/statistics/counter-random.ts'
import { chance, pick } from './caption-grammar.ts'
import { Comparison } from './captions.ts'
import { type ConformancePart, scaled } from './part.ts'
import { bytesOf } from '../../test/support/official-files.ts'

const FILES = 400

export const nlvr2: ConformancePart = {
  name: 'nlvr2',
  official: 'lil-lab/nlvr @1892484',
  run: async (context) => {
    const random = context.random('nlvr2')
    const files = Array.from({ length: scaled(FILES, context) }, () => drawnFiles(random))
    const requests = files.map(({ examples, predictions }) => ({ script: 'metrics.py', files: [predictions, examples] }))
    const answers = await context.official('nlvr2', requests, { checkouts: true })
    const comparison = new Comparison(['accuracy', 'consistency'])
    files.forEach(({ examples, predictions }, index) => {
      const own = readNlvr2Predictions(predictions)
      const { accuracy, consistency } = nlvr2Summary(
        readNlvr2(bytesOf(examples)).map(({ identifier, label }) => ({
          identifier,
          correct: nlvr2Correct(own.get(identifier)!, label),
        })),
      )
      const official = Object.fromEntries(
        (answers[index] as string)
          .trim()
          .split('\n')
          .map((line) => line.split('='))
          .map(([name, value]) => [name, Number(value)]),
      )
      comparison.add({ accuracy, consistency }, official, { examples, predictions })
    })
    return comparison.rows()
  },
}

function drawnFiles(random: CounterRandom): { examples: string; predictions: string } {
  const examples: string[] = []
  const predictions: string[] = []
  for (let set = random.below(12) + 1; set > 0; set--)
    for (let pair = random.below(4); pair >= 0; pair--)
      for (let sentence = random.below(2); sentence >= 0; sentence--) {
        const identifier = `${pick(random, ['dev', 'test1'])}-${set}-${pair}-${sentence}`
        if (examples.some((line) => line.includes(`"${identifier}"`))) continue
        const label = pick(random, ['True', 'False', 'true', 'FALSE'])
        examples.push(JSON.stringify({ sentence: `S ${set} ${sentence}.`, identifier, label }))
        const answer = () =>
          chance(random, 0.7)
            ? pick(random, [label, label.toUpperCase(), label.toLowerCase()])
            : pick(random, ['True', 'fAlse', 'yes', '1', ' True', '', 'maybe'])
        if (chance(random, 0.1)) predictions.push(`${identifier},${answer()}`)
        predictions.push(`${chance(random, 0.1) ? ' ' : ''}${identifier},${answer()}${chance(random, 0.1) ? ',0.7' : ''}`)
      }
  return { examples: `${examples.join('\n')}\n`, predictions: `${predictions.join('\n')}\n` }
}
