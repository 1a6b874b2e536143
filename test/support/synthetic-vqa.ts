/**
 * Seeded VQA v2 files of any size, in the official layout and with about the official bytes per record.
 * @module
 */

/** Sizes of the official validation set. */
export const VQA_V2_VAL_QUESTIONS = 214_354
const QUESTIONS_AN_IMAGE = 5.29

const WORDS = 'red blue a the man woman dog cat café 2 yes no on table left right umbrella skateboard naïve 雨 it’s'.split(' ')
const TYPES = ['what', 'what color is the', 'is the', 'how many', 'none of the above', 'where is the', 'are there']
const ANSWER_TYPES = ['other', 'yes/no', 'number']

/** A reproducible stream of numbers in [0, n): Lehmer's generator. */
function numbers(seed: number): (n: number) => number {
  let state = (seed % 2_147_483_646) + 1
  return (n) => {
    state = (state * 48_271) % 2_147_483_647
    return state % n
  }
}

function words(next: (n: number) => number, count: number): string {
  return Array.from({ length: count }, () => WORDS[next(WORDS.length)]!).join(' ')
}

export interface SyntheticVqa {
  /** JSON text in pieces, to avoid a copy of the whole. */
  questions(): Generator<string>
  annotations(): Generator<string>
}

/** @param unannotated - questions at the end of the file without an annotation. */
export function syntheticVqa(count: number, seed: number, unannotated = 0): SyntheticVqa {
  const idOf = (index: number) => {
    const image = 42 + 13 * Math.floor(index / QUESTIONS_AN_IMAGE)
    return { image_id: image, question_id: 1000 * image + (index % 7) }
  }
  const head = {
    info: { description: 'synthetic — VQA v2', version: '2.0' },
    data_type: 'mscoco',
    data_subtype: 'val2014',
    license: { name: 'none' },
  }
  return {
    *questions() {
      const next = numbers(seed)
      yield `${JSON.stringify({ ...head, task_type: 'Open-Ended' }).slice(0, -1)}, "questions": [`
      for (let index = 0; index < count + unannotated; index++) {
        const record = { ...idOf(index), question: `${words(next, 3 + next(8))}?` }
        yield `${index === 0 ? '' : ', '}${JSON.stringify(record)}`
      }
      yield ']}'
    },
    *annotations() {
      const next = numbers(seed + 1)
      yield `{"annotations": [`
      for (let index = 0; index < count; index++) {
        // In another order than the questions.
        const { image_id, question_id } = idOf(count - 1 - index)
        const record = {
          question_type: TYPES[next(TYPES.length)],
          multiple_choice_answer: words(next, 1),
          answers: Array.from({ length: 10 }, (_, human) => ({
            answer: words(next, 1 + (next(4) >> 1)),
            answer_confidence: 'yes',
            answer_id: human + 1,
          })),
          image_id,
          answer_type: ANSWER_TYPES[next(3)],
          question_id,
        }
        yield `${index === 0 ? '' : ', '}${JSON.stringify(record)}`
      }
      yield `], ${JSON.stringify(head).slice(1)}`
    },
  }
}
