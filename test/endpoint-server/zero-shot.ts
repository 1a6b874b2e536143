/**
 * Visual questions for a model that only scores how well a sentence fits a picture: among the possible
 * answers to a question of its form, the one whose sentence fits best. Not a good answerer, but an honest use
 * of a model.
 * @module
 */

export interface ChoiceRule {
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
export const DEFAULT_RULES: readonly ChoiceRule[] = [
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

/** Similarity of one picture with a sentence. */
export type Similarity = (sentence: string) => Promise<number>

/** @returns the answer with the most similar sentence; the earlier one in a tie. */
export async function chooseAnswer(prompt: string, rules: readonly ChoiceRule[], similarity: Similarity): Promise<string> {
  // The first line is the question; the rest describes the form of the answer.
  const question = prompt.split('\n')[0]!.trim().toLowerCase().replace(/\?$/, '')
  const { answers, sentence } = rules.find((rule) => rule.question.test(question))!
  let best = { answer: answers[0]!, similarity: -Infinity }
  for (const answer of answers) {
    const found = await similarity(sentence(answer, question))
    if (found > best.similarity) best = { answer, similarity: found }
  }
  return best.answer
}
