/**
 * From several answers about an item to one output.
 * @module
 */
import type { ModelAnswer, Output, ProbabilitiesOutput, RotationsOutput, TextProbability } from '../../../contracts/model.ts'
import { sumTokens } from '../../../contracts/sum-tokens.ts'

export const callsOf = (answers: readonly ModelAnswer[]): number => answers.reduce((sum, { calls }) => sum + calls, 0)

/** @param answers - one per text, each a text read as `true` or `false` */
export const probabilitiesOf = (answers: readonly ModelAnswer[]): ModelAnswer => joined(answers, 'texts', probabilities(answers))

/** @param answers - one per rotation of the options, each the text of an option */
export const rotationsOf = (answers: readonly ModelAnswer[], options: readonly string[]): ModelAnswer =>
  joined(answers, 'rotations', rotations(answers, options))

/** @param member - of the evidence, for the evidence of each answer */
function joined(answers: readonly ModelAnswer[], member: string, output: Output): ModelAnswer {
  const usages = answers.flatMap(({ usage }) => usage ?? [])
  const worst = answers.find(({ outcome }) => outcome !== 'answered') ?? answers[0]
  return {
    output,
    calls: callsOf(answers),
    stored: answers.length > 0 && answers.every(({ stored }) => stored === true),
    ...(worst?.outcome !== undefined && { outcome: worst.outcome }),
    ...(usages.length > 0 && { usage: sumTokens(usages) }),
    evidence: { [member]: answers.map(({ evidence }) => evidence ?? {}) },
  }
}

function probabilities(answers: readonly ModelAnswer[]): ProbabilitiesOutput {
  const texts: TextProbability[] = []
  for (const [index, { output }] of answers.entries()) {
    if (output.kind !== 'text') throw new TypeError(`a ${output.kind} instead of a text`)
    const { yesProbability, text, unanswered = 'the subject has no answer' } = output
    if (yesProbability !== undefined) texts.push({ probability: yesProbability, byText: false })
    else if (text === null) return { kind: 'probabilities', texts: null, unanswered: `text ${index}: ${unanswered}` }
    else texts.push({ probability: text === 'true' ? 1 : 0, byText: true })
  }
  return { kind: 'probabilities', texts }
}

function rotations(answers: readonly ModelAnswer[], options: readonly string[]): RotationsOutput {
  const chosen: number[] = []
  for (const [by, { output }] of answers.entries()) {
    if (output.kind !== 'text') throw new TypeError(`a ${output.kind} instead of a text`)
    const { text, unanswered = 'the subject has no answer' } = output
    if (text === null) return { kind: 'rotations', chosen: null, unanswered: `rotation ${by}: ${unanswered}` }
    chosen.push(options.indexOf(text))
  }
  return { kind: 'rotations', chosen }
}
