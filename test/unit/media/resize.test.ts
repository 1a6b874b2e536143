import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planFit } from '../../../src/media/fit.ts'
import { resizeRgb, type RowReader } from '../../../src/media/resize.ts'
import { golden, goldenNames, largestDifference, noise } from './golden.ts'

function rows(rgb: Uint8Array, width: number): RowReader {
  return (y, row) => row.set(rgb.subarray(y * width * 3, (y + 1) * width * 3))
}

type Filter = 'bicubic' | 'bilinear'
const white = [255, 255, 255] as const

describe('resizeRgb equals Pillow, sample for sample', () => {
  it.each(goldenNames('resized'))('%s', (name) => {
    const [, width, height, toWidth, toHeight, filter] = /^(\d+)x(\d+)-(\d+)x(\d+)-(\w+)\.rgb$/.exec(name)!
    const plan = {
      x: planFit('stretch', Number(width), Number(height), Number(toWidth)).x,
      y: planFit('stretch', Number(width), Number(height), Number(toHeight)).y,
    }
    const actual = resizeRgb(rows(noise(plan.x.source, plan.y.source), plan.x.source), plan, filter as Filter, white)
    expect(largestDifference(actual, golden(`resized/${name}`))).toBe(0)
  })

  it.each(goldenNames('cover'))('cover %s', (name) => {
    const [, width, height, size] = /^(\d+)x(\d+)-(\d+)-/.exec(name)!.map(Number) as [number, number, number, number]
    const plan = planFit('cover', width, height, size)
    const actual = resizeRgb(rows(noise(width, height), width), plan, 'bicubic', white)
    expect(largestDifference(actual, golden(`cover/${name}`))).toBe(0)
  })
})

const side = fc.integer({ min: 1, max: 40 })
const filters = fc.constantFrom<Filter>('bicubic', 'bilinear')

describe('resizeRgb', () => {
  it('does not change a picture of the right size', () => {
    const picture = noise(64, 64)
    expect(resizeRgb(rows(picture, 64), planFit('contain', 64, 64, 64), 'bicubic', white)).toEqual(picture)
  })

  it('pads as if the padded picture had been made first', () => {
    fc.assert(
      fc.property(side, side, side, filters, fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)), (width, height, size, filter, pad) => {
        const picture = noise(width, height)
        const edge = Math.max(width, height)
        const left = Math.floor((edge - width) / 2)
        const top = Math.floor((edge - height) / 2)
        const canvas = new Uint8Array(edge * edge * 3).map((_, i) => pad[i % 3]!)
        for (let y = 0; y < height; y++)
          canvas.set(picture.subarray(y * width * 3, (y + 1) * width * 3), ((y + top) * edge + left) * 3)
        const lazily = resizeRgb(rows(picture, width), planFit('contain', width, height, size), filter, pad)
        expect(lazily).toEqual(resizeRgb(rows(canvas, edge), planFit('stretch', edge, edge, size), filter, pad))
      }),
    )
  })

  it('keeps a constant picture constant', () => {
    fc.assert(
      fc.property(side, side, side, filters, fc.nat(255), (width, height, size, filter, value) => {
        const plan = planFit('cover', width, height, size)
        const constant = new Uint8Array(width * height * 3).fill(value)
        const resized = resizeRgb(rows(constant, width), plan, filter, white)
        expect(resized).toEqual(new Uint8Array(size * size * 3).fill(value))
      }),
    )
  })

  it.each(['contain', 'cover', 'stretch'] as const)('does bounded work on the most extreme aspect ratios: %s', (fit) => {
    for (const [width, height] of [
      [16384, 1],
      [1, 16384],
    ] as const) {
      let read = 0
      const resized = resizeRgb(() => void read++, planFit(fit, width, height, 64), 'bicubic', white)
      expect(resized.length).toBe(64 * 64 * 3)
      expect(read).toBeLessThanOrEqual(height)
    }
  })
})
