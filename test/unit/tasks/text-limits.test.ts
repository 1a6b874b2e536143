/**
 * Texts that are too long, and lists of too many, are refused by every reader, with their place and the
 * limit.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Fault } from '../../../src/contracts/failure.ts'
import {
  countWords,
  lengthProblem,
  MOST_ANSWERS,
  MOST_CHARACTERS,
  MOST_TUPLES,
  MOST_WORDS,
} from '../../../src/contracts/text-limits.ts'
import { readCocoCaptions, readCocoResults } from '../../../src/tasks/caption/formats/coco-captions.ts'
import { readFlickr8kCaptions } from '../../../src/tasks/caption/formats/flickr8k.ts'
import { readItemAnswers } from '../../../src/tasks/formats/item-answers.ts'
import { readKarpathySplit } from '../../../src/tasks/retrieval/formats/karpathy-split.ts'
import { readMsvdSentences } from '../../../src/tasks/caption/formats/msvd-captions.ts'
import { readNlvr2 } from '../../../src/tasks/nlvr2/formats/nlvr2.ts'
import { readNlvr2Predictions } from '../../../src/tasks/nlvr2/formats/nlvr2-predictions.ts'
import { readSpiceInput } from '../../../src/metrics/resources/spice-tuples-file.ts'
import { readVqaResults } from '../../../src/tasks/vqa/formats/vqa-v2-results.ts'
import { meteorWords } from '../../../src/metrics/meteor.ts'
import { ptbTokenize } from '../../../src/metrics/ptb-tokenizer.ts'
import { taskRegistry } from '../../../src/tasks/registry.ts'
import { vqaV2 } from '../../../src/tasks/vqa/formats/vqa-v2.ts'
import { bytesOf, readFiles } from '../../support/official-files.ts'

const LONG = 'x'.repeat(MOST_CHARACTERS + 1)
const WORDY = 'a '.repeat(MOST_WORDS + 1)

const refusal = (read: () => unknown) => {
  try {
    read()
  } catch (error) {
    if (error instanceof Fault && error.failure.kind === 'unprocessable') return error.failure.errors
    throw error
  }
  throw new Error('it was read')
}

const annotations = { ids: ['1'], idType: 'number' as const }
const asked = { question_id: 1, image_id: 1, question: '?' }
const readItems = (text: string) => readFiles(taskRegistry.format('items-jsonl'), { annotations: text })
const annotation = { question_id: 1, image_id: 1, question_type: 't', answer_type: 't' }

describe.each([
  ['characters', LONG, `must have at most ${MOST_CHARACTERS} characters, has ${MOST_CHARACTERS + 1}`],
  ['words', WORDY, `must have at most ${MOST_WORDS} words and marks, has ${MOST_WORDS + 1}`],
])('a text of too many %s', (_, text, detail) => {
  test.each<[string, string, () => unknown]>([
    [
      'a caption',
      '/annotations/0/caption',
      () => readCocoCaptions(bytesOf({ images: [{ id: 1 }], annotations: [{ image_id: 1, caption: text }] })),
    ],
    ['a result', '/0/caption', () => readCocoResults([{ image_id: 1, caption: text }], annotations)],
    ['a line of MSVD', '/0', () => readMsvdSentences(bytesOf(`vid1\t${text}`))],
    ['a line of Flickr8k', '/0', () => readFlickr8kCaptions(`a.jpg#0\t${text}`)],
    [
      'a sentence of Karpathy',
      '/images/0/sentences/0/raw',
      () =>
        readKarpathySplit(
          bytesOf({ images: [{ split: 'test', imgid: 1, filename: 'a', sentences: [{ raw: text, sentid: 1 }] }] }),
          { split: 'test' },
        ),
    ],
    [
      'a statement',
      '/0/sentence',
      () => readNlvr2(bytesOf(JSON.stringify({ identifier: 'dev-1-0-0', sentence: text, label: 'True' }))),
    ],
    ['a prediction', '/0', () => readNlvr2Predictions(`dev-1-0-0,${text}`)],
    [
      'a question',
      '/questions/0/question',
      () => readFiles(vqaV2, { questions: { questions: [{ question_id: 1, image_id: 1, question: text }] } }),
    ],
    [
      'a human answer',
      '/annotations/0/answers/1/answer',
      () =>
        readFiles(vqaV2, {
          questions: { questions: [asked] },
          annotations: { annotations: [{ ...annotation, answers: [{ answer: 'a' }, { answer: text }] }] },
        }),
    ],
    ['an answer', '/0/answer', () => readVqaResults([{ question_id: 1, answer: text }], ['1'])],
    [
      'a question of ours',
      '/0/question',
      () => readItems(JSON.stringify({ task: 'vqa', id: 1, question: text, answers: ['a'] })),
    ],
    [
      'an answer of ours',
      '/0/answers/0',
      () => readItems(JSON.stringify({ task: 'vqa', id: 1, question: 'q', answers: [text] })),
    ],
    [
      'a caption of ours',
      '/0/captions/0',
      () => readItems(JSON.stringify({ task: 'retrieval', id: 1, image: 'a', captions: [text] })),
    ],
    ['a result of ours', '/0/answer', () => readItemAnswers(JSON.stringify({ id: 1, answer: text }), ['1'])],
    ['a word of a tuple', '/0/test_tuples/0/0', () => readSpiceInput([{ image_id: 1, test_tuples: [[text]], ref_tuples: [] }])],
  ])('%s', (_name, pointer, read) => {
    expect(refusal(read)).toEqual([{ pointer, detail }])
  })
})

describe('lists', () => {
  const detail = (most: number) => `must have at most ${most} entries, has ${most + 1}`

  test('of answers', () => {
    const answers = Array.from({ length: MOST_ANSWERS + 1 }, () => ({ answer: 'a' }))
    expect(
      refusal(() =>
        readFiles(vqaV2, { questions: { questions: [asked] }, annotations: { annotations: [{ ...annotation, answers }] } }),
      ),
    ).toEqual([{ pointer: '/annotations/0/answers', detail: detail(MOST_ANSWERS) }])
    const line = JSON.stringify({ task: 'vqa', id: 1, question: 'q', answers: answers.map(({ answer }) => answer) })
    expect(refusal(() => readItems(line))).toEqual([{ pointer: '/0/answers', detail: detail(MOST_ANSWERS) }])
  })

  test('of tuples', () => {
    const ref_tuples = Array.from({ length: MOST_TUPLES + 1 }, () => ['a'])
    expect(refusal(() => readSpiceInput([{ image_id: 1, test_tuples: [], ref_tuples }]))).toEqual([
      { pointer: '/0/ref_tuples', detail: detail(MOST_TUPLES) },
    ])
  })
})

test('the longest texts are taken', () => {
  expect(lengthProblem('x'.repeat(MOST_CHARACTERS))).toBeUndefined()
  expect(lengthProblem('a '.repeat(MOST_WORDS))).toBeUndefined()
  const long = 'word '.repeat(MOST_WORDS)
  expect(
    readFiles(vqaV2, {
      questions: { questions: [asked] },
      annotations: { annotations: [{ ...annotation, answers: [{ answer: long }] }] },
    }).items,
  ).toHaveLength(1)
})

test('no tokenizer makes more than twice as many tokens as there are words and marks', () => {
  const piece = fc.constantFrom(
    'a',
    'cannot',
    'gonna',
    "don't",
    "d'ye",
    '.',
    ',',
    '-',
    '$',
    '5',
    '1/2',
    'U.S.',
    '&amp;',
    '@',
    '😀',
    '的',
    ' ',
    "'tis",
    'é',
    'x.y',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join('')
      const [line] = ptbTokenize([text])
      expect(line!.split(' ').filter(Boolean).length).toBeLessThanOrEqual(2 * countWords(text))
      expect(meteorWords(line!).length).toBeLessThanOrEqual(2 * countWords(text))
    }),
  )
})
