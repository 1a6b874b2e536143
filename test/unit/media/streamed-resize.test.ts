import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planFit } from '../../../src/media/fit.ts'
import { pixelWords } from '../../../src/media/flatten.ts'
import { type Orientation, orientedGrid } from '../../../src/media/orient.ts'
import { resizeRgb } from '../../../src/media/resize.ts'
import { streamedResize } from '../../../src/media/streamed-resize.ts'
import { noise } from './golden.ts'
import { cases } from '../../support/cases.ts'

/** RGBA of seeded noise, alpha included. */
function picture(width: number, height: number): Uint8ClampedArray {
  return new Uint8ClampedArray(noise(width * 2, height).subarray(0, width * height * 4))
}

test('rows that arrive one by one give the bytes of the whole picture', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 24 }),
      fc.constantFrom<Orientation>(1, 2, 3, 4, 5, 6, 7, 8),
      fc.constantFrom('contain', 'cover', 'stretch'),
      fc.constantFrom('bicubic', 'bilinear'),
      fc.constantFrom('white', 'drop'),
      (width, height, size, edge, orientation, fit, filter, alpha) => {
        const grid = orientedGrid(width, height, orientation)
        const plan = planFit(fit, grid.width, grid.height, size, edge)
        const resampling = { filter, pad: [10, 200, 90], alpha } as const
        const data = picture(width, height)
        const words = pixelWords({ data })
        const streamed = streamedResize({ width, height }, orientation, plan, resampling)
        for (let y = 0; y < height; y++) streamed.row(words.subarray(y * width, (y + 1) * width))
        expect(streamed.finish()).toEqual(resizeRgb({ width, height, data }, grid, plan, resampling))
      },
    ),
    { numRuns: cases(400) },
  )
})
