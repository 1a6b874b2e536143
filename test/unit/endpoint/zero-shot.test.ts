import { expect, test } from 'vitest'
import { rankAnswers } from '../../../endpoint/zero-shot.ts'

/** Asks a model that prefers one sentence, and also returns its inputs. */
async function ask(prompt: string, liked = '') {
  const shown: string[] = []
  const [best] = await rankAnswers(prompt, async (sentence) => {
    shown.push(sentence)
    return sentence === liked ? 1 : 0
  })
  return { answer: best!.answer, shown }
}

test.each([
  ['Is there a duck?', 'duck', 'yes'],
  ['Is there a duck?', 'no duck', 'no'],
  ['Is there an apple?', 'apple', 'yes'],
  ['Are there any yellow triangles?', 'no yellow triangles', 'no'],
  ['Is the triangle green?', 'not the triangle green', 'no'],
  ['How many orange stars are in the picture?', '3 orange stars are in the picture', '3'],
  ['What color is the background?', 'yellow background', 'yellow'],
  ['What color are the triangles?', 'brown triangles', 'brown'],
  ['Where is the turtle?', 'the turtle at the top left', 'top left'],
  ['What is in the top left?', 'owl', 'owl'],
  ['Is there a duck?\nAnswer the question using a single word or phrase.', 'no duck', 'no'],
])('%s is answered by the sentence that fits: %s', async (prompt, liked, answer) => {
  expect((await ask(prompt, liked)).answer).toBe(answer)
})

test('every form of question has few answers, each shown once', async () => {
  const { shown } = await ask('What color is the sky?')
  expect(new Set(shown).size).toBe(shown.length)
  expect(shown).toHaveLength(11)
})
