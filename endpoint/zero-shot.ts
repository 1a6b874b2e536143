/**
 * Visual questions for a model that only scores how well a sentence fits a picture: among the possible
 * answers to a question of its form, the one whose sentence fits best. Not a good answerer, but an honest use
 * of a model.
 * @module
 */
import { softmax } from '../src/metrics/softmax.ts'
import { cosine } from '../src/metrics/vectors.ts'
import type { Encoder } from './encoder.ts'
import type { Rank } from './rank.ts'

interface ChoiceRule {
  /** Matches questions by their lower-case text. */
  readonly question: RegExp
  readonly answers: readonly string[]
  /** A sentence that is true if the answer is. */
  readonly sentence: (answer: string, question: string) => string
}

const COLORS = ['red', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink', 'brown', 'black', 'white', 'gray']
const NUMBERS = ['0', '1', '2', '3', '4', '5', '6']
const PLACES = ['top left', 'top', 'top right', 'left', 'right', 'bottom left', 'bottom', 'bottom right']
const THINGS = (
  'circle square triangle star heart hexagon apple bee bicycle boat camera car cat dog donut drum duck elephant fish flower house ' +
  'key owl strawberry tractor tree turtle'
).split(' ')

const IS_THERE = /^(?:is|are) there (?:(?:an?|any|more) )?/

/** In the order of trial; the last matches every question. */
const RULES: readonly ChoiceRule[] = [
  {
    question: /\b(?:describe|caption)\b/,
    answers: THINGS.map((thing) => `a picture of ${/^[aeiou]/.test(thing) ? 'an' : 'a'} ${thing}`),
    sentence: (answer) => answer,
  },
  {
    // "Does this figure show "…"?", the question of VQAScore.
    question: /^does th(?:is|e) (?:figure|picture|image) show "/,
    answers: ['Yes', 'No'],
    sentence: (answer, question) =>
      `${answer === 'Yes' ? '' : 'not '}${question.slice(question.indexOf('"') + 1).replace(/"[^"]*$/, '')}`,
  },
  {
    question: IS_THERE,
    answers: ['yes', 'no'],
    sentence: (answer, question) => `${answer === 'yes' ? '' : 'no '}${question.replace(IS_THERE, '')}`,
  },
  {
    question: /^(?:is|are|was|were|do|does|did|has|have|can) /,
    answers: ['yes', 'no'],
    sentence: (answer, question) => `${answer === 'yes' ? '' : 'not '}${question.replace(/^\w+ /, '')}`,
  },
  { question: /^how many /, answers: NUMBERS, sentence: (answer, question) => `${answer} ${question.replace(/^how many /, '')}` },
  {
    question: /^what colou?r /,
    answers: COLORS,
    sentence: (answer, question) => `${answer} ${question.replace(/^.* (?:the|is|are) /, '')}`,
  },
  {
    question: /^where /,
    answers: PLACES,
    sentence: (answer, question) => `${question.replace(/^where (?:is|are) /, '')} at the ${answer}`,
  },
  { question: /^/, answers: THINGS, sentence: (answer) => answer },
]

/** How well a sentence fits the pictures. */
type Similarity = (sentence: string) => Promise<number>

/** A possible answer, and how well its sentence fits. */
export interface RankedAnswer {
  readonly answer: string
  readonly similarity: number
}

const OPTION = /^\(?([A-Z])[.):]\s+(.+)$/gm

/** The possible answers to a prompt, as a sentence each that is true if the answer is. */
function candidatesOf(prompt: string): readonly { readonly answer: string; readonly sentence: string }[] {
  const options = [...prompt.matchAll(OPTION)].map(([, letter, text]) => ({ answer: letter!, sentence: text!.trim() }))
  if (options.length >= 2) return options
  // The first line is the question; the rest describes the form of the answer.
  const question = prompt.split('\n')[0]!.trim().toLowerCase().replace(/\?$/, '')
  const { answers, sentence } = RULES.find((rule) => rule.question.test(question))!
  return answers.map((answer) => ({ answer, sentence: sentence(answer, question) }))
}

/**
 * The lettered options of a prompt, or the answers of its form of question. Best first; ties in their order.
 * @internal
 */
export async function rankAnswers(prompt: string, similarity: Similarity): Promise<RankedAnswer[]> {
  const ranked: RankedAnswer[] = []
  for (const { answer, sentence } of candidatesOf(prompt)) ranked.push({ answer, similarity: await similarity(sentence) })
  return ranked.toSorted((a, b) => b.similarity - a.similarity)
}

/** Probabilities are a softmax over the possible answers, of the mean cosine with the pictures. */
export function zeroShot(encoder: Encoder): Rank {
  return async (prompt, pictures) => {
    const vectors: Float32Array[] = []
    for (const picture of pictures) vectors.push(await encoder.embedImage(picture))
    const ranked = await rankAnswers(prompt, async (sentence) => {
      const { vector } = await encoder.embedText(sentence)
      return vectors.reduce((sum, each) => sum + cosine(each, vector), 0) / Math.max(1, vectors.length)
    })
    const probabilities = softmax(ranked.map(({ similarity }) => encoder.logitScale * similarity))
    return ranked.map(({ answer }, index) => ({ answer, probability: probabilities[index]! }))
  }
}
