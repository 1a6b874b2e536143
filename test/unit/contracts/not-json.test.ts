/** Sentences about texts that are not JSON: the parser's, and the way out where the cause is plain. */
import { expect, test } from 'vitest'
import { notJson } from '../../../src/contracts/not-json.ts'

const sentenceFor = (text: string): string => {
  try {
    JSON.parse(text)
  } catch (error) {
    return notJson(error)
  }
  throw new Error(`${text} is JSON`)
}

test.each(['[NaN]', '{"score": NaN}', '[Infinity]'])('%s: what Python writes for numbers that JSON lacks', (text) => {
  expect(sentenceFor(text)).toMatch(/^is not JSON: .*\. JSON has no NaN and no Infinity: write null, or leave the member out$/)
})

test.each(['{', '[1,]', "{'a': 1}", '[-]', 'None', '[None]'])('%s: the sentence of the parser alone', (text) => {
  expect(sentenceFor(text)).toMatch(/^is not JSON: /)
  expect(sentenceFor(text)).not.toContain('NaN')
})
