import process from 'node:process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FitPlan, planFit } from '../../../src/media/fit.ts'
import { orientedGrid } from '../../../src/media/orient.ts'
import { resizeRgb, type Rgb } from '../../../src/media/resize.ts'
import { golden, goldenNames, largestDifference, noise } from './golden.ts'

/** Resizes an RGB picture as large as the plan's sources. */
function resize(rgb: Uint8Array, plan: FitPlan, filter: Filter, pad: Rgb = [255, 255, 255]): Uint8Array {
  const [width, height] = [plan.x.source, plan.y.source]
  const data = new Uint8ClampedArray(width * height * 4).fill(255)
  for (let i = 0; i < width * height; i++) data.set(rgb.subarray(i * 3, i * 3 + 3), i * 4)
  return resizeRgb({ width, height, data }, orientedGrid(width, height, 1), plan, { filter, pad, alpha: 'white' })
}

type Filter = 'bicubic' | 'bilinear'

describe('resizeRgb equals Pillow, sample for sample', () => {
  it.each(goldenNames('resized'))('%s', (name) => {
    const [, width, height, toWidth, toHeight, filter] = /^(\d+)x(\d+)-(\d+)x(\d+)-(\w+)\.rgb$/.exec(name)!
    const plan = {
      x: planFit('stretch', Number(width), Number(height), Number(toWidth)).x,
      y: planFit('stretch', Number(width), Number(height), Number(toHeight)).y,
    }
    const actual = resize(noise(plan.x.source, plan.y.source), plan, filter as Filter)
    expect(largestDifference(actual, golden(`resized/${name}`))).toBe(0)
  })

  it.each(goldenNames('cover'))('cover %s', (name) => {
    const [, width, height, size] = /^(\d+)x(\d+)-(\d+)-/.exec(name)!.map(Number) as [number, number, number, number]
    const plan = planFit('cover', width, height, size)
    const actual = resize(noise(width, height), plan, 'bicubic')
    expect(largestDifference(actual, golden(`cover/${name}`))).toBe(0)
  })
})

const side = fc.integer({ min: 1, max: 40 })
const filters = fc.constantFrom<Filter>('bicubic', 'bilinear')

describe('resizeRgb', () => {
  it('does not change a picture of the right size', () => {
    const picture = noise(64, 64)
    expect(resize(picture, planFit('contain', 64, 64, 64), 'bicubic')).toEqual(picture)
  })

  it('pads as if the padded picture had been made first', () => {
    fc.assert(
      fc.property(
        side,
        side,
        side,
        filters,
        fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)),
        (width, height, size, filter, pad) => {
          const picture = noise(width, height)
          const edge = Math.max(width, height)
          const left = Math.floor((edge - width) / 2)
          const top = Math.floor((edge - height) / 2)
          const canvas = new Uint8Array(edge * edge * 3).map((_, i) => pad[i % 3]!)
          for (let y = 0; y < height; y++)
            canvas.set(picture.subarray(y * width * 3, (y + 1) * width * 3), ((y + top) * edge + left) * 3)
          const lazily = resize(picture, planFit('contain', width, height, size), filter, pad)
          expect(lazily).toEqual(resize(canvas, planFit('stretch', edge, edge, size), filter, pad))
        },
      ),
    )
  })

  it('keeps a constant picture constant', () => {
    fc.assert(
      fc.property(side, side, side, filters, fc.nat(255), (width, height, size, filter, value) => {
        const plan = planFit('cover', width, height, size)
        const constant = new Uint8Array(width * height * 3).fill(value)
        const resized = resize(constant, plan, filter)
        expect(resized).toEqual(new Uint8Array(size * size * 3).fill(value))
      }),
    )
  })

  it.each(['contain', 'cover', 'stretch'] as const)('does bounded work on the most extreme aspect ratios: %s', (fit) => {
    for (const [width, height] of [
      [16384, 1],
      [1, 16384],
    ] as const) {
      // CPU time, which does not depend on other work of the machine.
      const before = process.threadCpuUsage()
      const resized = resize(new Uint8Array(width * height * 3), planFit(fit, width, height, 64), 'bicubic')
      expect(resized.length).toBe(64 * 64 * 3)
      expect(process.threadCpuUsage(before).user).toBeLessThan(2e6)
    }
  })
})
