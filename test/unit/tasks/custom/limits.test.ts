/** Limits on items of the user's own shape. */
import { expect, test } from 'vitest'
import { itemProblem } from '../../../../src/tasks/custom/limits.ts'

test('an item that is too large says so, and names the way for a picture in it', () => {
  const long = 'x'.repeat(256 * 1024)
  expect(itemProblem({ text: long })).toBe('must have at most 262144 characters as JSON, has 262155')
  expect(itemProblem({ picture: `data:image/jpeg;base64,${long}` })).toMatch(
    /has 262181; store pictures by POST \/v1\/images and send their ids \(img_…\) instead$/,
  )
  expect(itemProblem({ picture: 'data:image/jpeg;base64,eA==' })).toBeUndefined()
})
