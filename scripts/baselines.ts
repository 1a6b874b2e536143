/**
 * Baselines beside the models that answer: rules that know other questions and pictures of the same world,
 * and look at no picture, or only at how alike two pictures are.
 * @module
 */

/** A question of official VQA v2 files, with its commonest answer. */
export interface Question {
  readonly id: number
  readonly picture: string
  readonly text: string
  /** Its first words, as VQA v2 groups questions. */
  readonly type: string
  readonly answer: string
}

/** An entry of an official VQA results file. */
export interface GivenAnswer {
  readonly question_id: number
  readonly answer: string
}

/** How unlike two pictures are; 0 for the same. The first is asked about, the second is known. */
export type Unlikeness = (asked: string, known: string) => number

/**
 * Answers by rule:
 * - `majority`: the commonest known answer;
 * - `majority-by-question-type`: the commonest to known questions of the type;
 * - `question-only`: the commonest to the known questions that share most words;
 * - `nearest-neighbor`: of those questions, the answer to the one about the most alike picture.
 *
 * Among equals the first counts: answers by code unit, questions by their order. Takes O(asked × known)
 * time.
 */
export function baselineAnswers(
  known: readonly Question[],
  asked: readonly Question[],
  unlikeness: Unlikeness,
): Readonly<Record<string, readonly GivenAnswer[]>> {
  const overall = commonest(known)
  const types = Map.groupBy(known, ({ type }) => type)
  const words = known.map(({ text }) => wordsOf(text))
  const rules: Readonly<Record<string, (question: Question) => string>> = {
    majority: () => overall,
    'majority-by-question-type': ({ type }) => commonest(types.get(type) ?? known),
    'question-only': ({ text }) => commonest(mostAlike(known, words, text)),
    'nearest-neighbor': ({ text, picture }) =>
      least(mostAlike(known, words, text), (question) => unlikeness(picture, question.picture)).answer,
  }
  return Object.fromEntries(
    Object.entries(rules).map(([rule, answerTo]) => [
      rule,
      asked.map((question) => ({ question_id: question.id, answer: answerTo(question) })),
    ]),
  )
}

/** The caption of the most alike known picture, for each picture asked about. */
export function nearestCaptions<Id>(
  asked: readonly { readonly id: Id; readonly picture: string }[],
  known: readonly { readonly picture: string; readonly caption: string }[],
  unlikeness: Unlikeness,
): readonly { readonly image_id: Id; readonly caption: string }[] {
  return asked.map(({ id, picture }) => ({
    image_id: id,
    caption: least(known, (one) => unlikeness(picture, one.picture)).caption,
  }))
}

/** @throws {Error} for an empty list */
function commonest(questions: readonly Question[]): string {
  const byAnswer = [...Map.groupBy(questions, ({ answer }) => answer)]
  byAnswer.sort(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1))
  const first = byAnswer[0]
  if (first === undefined) throw new Error('a baseline needs known questions')
  return first[0]
}

/** The known questions with the largest Jaccard index of words with `text`. */
function mostAlike(known: readonly Question[], words: readonly ReadonlySet<string>[], text: string): readonly Question[] {
  const own = wordsOf(text)
  const shared = words.map((theirs) => {
    const both = [...own].filter((word) => theirs.has(word)).length
    return both / (own.size + theirs.size - both)
  })
  const most = Math.max(...shared)
  return known.filter((_, index) => shared[index] === most)
}

const wordsOf = (text: string): ReadonlySet<string> => new Set(text.toLowerCase().match(/[a-z0-9]+/g))

function least<T>(list: readonly T[], size: (one: T) => number): T {
  const sizes = list.map(size)
  return list[sizes.indexOf(Math.min(...sizes))]!
}
