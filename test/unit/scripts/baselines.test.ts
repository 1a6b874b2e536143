import { expect, test } from 'vitest'
import { baselineAnswers, nearestCaptions, type Question } from '../../../scripts/baselines.ts'
import { coarseColors, colorDistance } from '../../../scripts/picture-likeness.ts'
import { encodeRgbaPng } from '../../support/png.ts'

const question = (id: number, picture: string, text: string, type: string, answer: string): Question => ({
  id,
  picture,
  text,
  type,
  answer,
})

const KNOWN = [
  question(1, 'red', 'How many cats are there?', 'how many', '2'),
  question(2, 'blue', 'How many cats are there?', 'how many', '3'),
  question(3, 'blue', 'How many dogs are there?', 'how many', '3'),
  question(4, 'red', 'Is there a dog?', 'is there a', 'yes'),
  question(5, 'red', 'Is there a cat?', 'is there a', 'no'),
  question(6, 'blue', 'Is there a cat?', 'is there a', 'no'),
]

/** Pictures are alike if they have the same first letter. */
const unlikeness = (asked: string, known: string): number => (asked[0] === known[0] ? 0 : 1)

test('each rule answers from what it knows', () => {
  const asked = [
    question(10, 'r', 'How many cats are there?', 'how many', '?'),
    question(11, 'b', 'How many cats are there?', 'how many', '?'),
    question(12, 'r', 'Is there a dog?', 'is there a', '?'),
    question(13, 'r', 'Where is the cat?', 'where is', '?'),
  ]
  const answers = baselineAnswers(KNOWN, asked, unlikeness)
  const given = Object.fromEntries(Object.entries(answers).map(([rule, own]) => [rule, own.map(({ answer }) => answer)]))
  expect(given).toEqual({
    // "3" and "no" are equally common; "3" comes first.
    majority: ['3', '3', '3', '3'],
    'majority-by-question-type': ['3', '3', 'no', '3'],
    'question-only': ['2', '2', 'yes', 'no'],
    'nearest-neighbor': ['2', '3', 'yes', 'no'],
  })
  expect(answers['majority']!.map(({ question_id: id }) => id)).toEqual([10, 11, 12, 13])
  expect(() => baselineAnswers([], asked, unlikeness)).toThrow('needs known questions')
})

test('a picture gets the caption of the most alike one', () => {
  const known = [
    { picture: 'red', caption: 'something red' },
    { picture: 'blue', caption: 'something blue' },
  ]
  const asked = [
    { id: 7, picture: 'b' },
    { id: 8, picture: 'x' },
  ]
  expect(nearestCaptions(asked, known, unlikeness)).toEqual([
    { image_id: 7, caption: 'something blue' },
    { image_id: 8, caption: 'something red' },
  ])
})

test('pictures are compared by their colors, wherever they are transparent as white', () => {
  const plain = (width: number, height: number, rgba: readonly number[]) =>
    coarseColors(encodeRgbaPng(width, height, Buffer.from(Array.from({ length: width * height }, () => rgba).flat())))
  const red = plain(24, 16, [200, 0, 0, 255])
  expect(colorDistance(red, plain(16, 40, [200, 0, 0, 255]))).toBe(0)
  expect(colorDistance(red, plain(24, 16, [190, 0, 0, 255]))).toBeCloseTo(64 * 100, 6)
  expect([...plain(9, 9, [0, 0, 0, 0])].every((value) => value === 255)).toBe(true)
})
