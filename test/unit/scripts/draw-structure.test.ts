import { expect, test } from 'vitest'
import { drawing, withDrawing } from '../../../scripts/draw-structure.ts'

test('the picture leaves out what a longer way implies, the table does not', () => {
  const drawn = drawing(
    new Map([
      ['contracts', new Set<string>()],
      ['tasks', new Set(['contracts'])],
      ['scorers', new Set(['tasks', 'contracts'])],
    ]),
  )
  expect(drawn).toContain('  scorers --> tasks\n')
  expect(drawn).not.toContain('  scorers --> contracts\n')
  expect(drawn).toMatch(/^\| `scorers\/` \| .* \| contracts, tasks \|$/m)
})

test('a page without a place for the drawing is refused', () => {
  expect(() => withDrawing('# Architecture', '')).toThrow('has no lines')
})
