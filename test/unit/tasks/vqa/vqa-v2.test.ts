import { describe, expect, test } from 'vitest'
import type { Fault } from '../../../../src/contracts/failure.ts'
import { checkedChoices, readVqaResults } from '../../../../src/tasks/vqa/formats/vqa-v2-results.ts'
import { Problems } from '../../../../src/files/problems.ts'
import { vqaV2 } from '../../../../src/tasks/vqa/formats/vqa-v2.ts'
import { vqaQuestion } from '../../../../src/tasks/vqa/formats/vqa-v2-records.ts'
import { readFiles } from '../../../support/official-files.ts'
import { goldenText } from '../../metrics/golden.ts'

const question = { question_id: 9001, image_id: 42, question: 'What is it?' }
const annotation = {
  question_id: 9001,
  image_id: 42,
  question_type: 'what is',
  answer_type: 'other',
  multiple_choice_answer: 'cat',
  answers: Array.from({ length: 10 }, (_, i) => ({ answer: 'cat', answer_confidence: 'yes', answer_id: i + 1 })),
}
const files = (change: { question?: object; annotation?: object } = {}) => ({
  questions: {
    data_type: 'mscoco',
    data_subtype: 'val2014',
    task_type: 'Open-Ended',
    questions: [{ ...question, ...change.question }],
  },
  annotations: { data_type: 'mscoco', data_subtype: 'val2014', annotations: [{ ...annotation, ...change.annotation }] },
})

function asked(task_type: string) {
  const records = [{ ...question, question_id: 1, multiple_choices: ['cat', 'dog'] }]
  const questions = records.map((record) => vqaQuestion(record, '', new Problems('questions'))!)
  return checkedChoices(questions, { task_type })
}

function pointersOf(read: () => unknown): string[] {
  try {
    read()
  } catch (error) {
    const { failure } = error as Fault
    if (failure.kind === 'unprocessable') return failure.errors.map(({ pointer }) => pointer)
    throw error
  }
  return []
}

describe('VQA v2', () => {
  test('reads the golden set from text', () => {
    const { items, source } = readFiles(vqaV2, {
      questions: goldenText('vqa-v2/questions.json'),
      annotations: goldenText('vqa-v2/annotations.json'),
    })
    expect(items).toHaveLength(400)
    expect(source).toEqual({ task_type: 'Open-Ended', data_type: 'made', data_subtype: 'golden', unannotated_questions: '0' })
    expect(items[0]!.draft).toMatchObject({
      task: 'vqa',
      id: '10',
      cluster: '1',
      question: 'How many sofas does the badger own by the U.S. customs house?',
      question_type: 'how many',
      answer_type: 'number',
    })
    expect(items[0]!.pictures).toEqual([['COCO_golden_000000000001', 'made_golden_000000000001', '000000000001', '1']])
    expect(items[0]!.draft.answers).toHaveLength(10)
  })

  test('ignores unknown fields and counts questions without annotations', () => {
    const input = files({ annotation: { split: 'val', answers: [{ answer: 'cat', extra: 1 }] } })
    input.questions.questions.push({ question_id: 7, image_id: 1, question: 'Unasked?' })
    const { items, source } = readFiles(vqaV2, input)
    expect(items[0]!.draft.answers).toEqual(['cat'])
    expect(source['unannotated_questions']).toBe('1')
  })

  test.each([
    ['a missing answers list', { annotation: { answers: undefined } }, '/annotations/0/answers'],
    ['no answers', { annotation: { answers: [] } }, '/annotations/0/answers'],
    ['an answer that is not an object', { annotation: { answers: ['cat'] } }, '/annotations/0/answers/0'],
    ['an answer that is not a string', { annotation: { answers: [{ answer: 2 }] } }, '/annotations/0/answers/0/answer'],
    ['an id as a string', { annotation: { question_id: '9001' } }, '/annotations/0/question_id'],
    ['a fractional id', { question: { question_id: 1.5 } }, '/questions/0/question_id'],
    ['no question type', { annotation: { question_type: undefined } }, '/annotations/0/question_type'],
    ['no question text', { question: { question: null } }, '/questions/0/question'],
    ['an annotation without its question', { question: { question_id: 1 } }, '/annotations/0/question_id'],
    ['another image', { question: { image_id: 43 } }, '/annotations/0/image_id'],
  ])('refuses %s', (_, change, pointer) => {
    expect(pointersOf(() => readFiles(vqaV2, files(change)))).toEqual([pointer])
  })

  test('refuses duplicate question ids, naming both records', () => {
    const input = files()
    input.annotations.annotations.push(annotation)
    expect(() => readFiles(vqaV2, input)).toThrow('/annotations/1/question_id: 9001 was already used by /annotations/0')
  })

  test('refuses what is not JSON or no such file', () => {
    expect(() => readFiles(vqaV2, { ...files(), annotations: '{' })).toThrow('the annotations file is not JSON')
    expect(pointersOf(() => readFiles(vqaV2, { ...files(), annotations: [] }))).toEqual([''])
    expect(pointersOf(() => readFiles(vqaV2, { ...files(), questions: {} }))).toEqual(['/questions'])
  })

  test('lists many problems, and counts those beyond twenty', () => {
    const input = files()
    input.annotations.annotations = Array.from({ length: 50 }, (_, i) => ({
      ...annotation,
      question_id: i,
      answers: null as never,
    }))
    expect(pointersOf(() => readFiles(vqaV2, input))).toHaveLength(20)
    expect(() => readFiles(vqaV2, input)).toThrow('and 49 more')
  })
})

describe('readVqaResults', () => {
  test('the last duplicate wins', () => {
    const results = [
      { question_id: 1, answer: 'cat' },
      { question_id: 2, answer: 'red' },
      { question_id: 1, answer: 'dog' },
    ]
    expect([...readVqaResults(results, ['2', '1'])]).toEqual([
      ['2', 'red'],
      ['1', 'dog'],
    ])
  })

  test.each([
    ['no array', {}, ''],
    ['an id as a string', [{ question_id: '1', answer: 'x' }], '/0/question_id'],
    ['an answer that is not a string', [{ question_id: 1, answer: 5 }], '/0/answer'],
    ['a missing id', [], ''],
  ])('refuses %s', (_, results, pointer) => {
    expect(pointersOf(() => readVqaResults(results, ['1']))).toEqual([pointer])
  })

  test('lists missing and unknown ids', () => {
    const results = [{ question_id: 3, answer: 'x' }]
    expect(() => readVqaResults(results, ['1', '2'])).toThrow('2 missing (1, 2), 1 unknown (3)')
    expect(pointersOf(() => readVqaResults(results, ['1', '2']))).toEqual(['', ''])
  })

  test('checks multiple choices only where the official loader does', () => {
    const results = [{ question_id: 1, answer: 'bird' }]
    expect(pointersOf(() => readVqaResults(results, ['1'], asked('Multiple Choice')))).toEqual(['/0/answer'])
    expect(readVqaResults(results, ['1'], asked('Multiple-Choice')).get('1')).toBe('bird')
  })
})
