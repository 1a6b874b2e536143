import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { planFit } from '../../../src/media/fit.ts'
import { flattenRow, overWhite, pixelWords } from '../../../src/media/flatten.ts'
import { type Orientation, orientedGrid } from '../../../src/media/orient.ts'
import { toTensor } from '../../../src/media/tensor.ts'
import { golden } from './golden.ts'

describe('orientedGrid', () => {
  /** Stored pixels 0 1 2 / 3 4 5, seen upright. */
  it.each<[Orientation, number[][]]>([
    [
      1,
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
    [
      2,
      [
        [2, 1, 0],
        [5, 4, 3],
      ],
    ],
    [
      3,
      [
        [5, 4, 3],
        [2, 1, 0],
      ],
    ],
    [
      4,
      [
        [3, 4, 5],
        [0, 1, 2],
      ],
    ],
    [
      5,
      [
        [0, 3],
        [1, 4],
        [2, 5],
      ],
    ],
    [
      6,
      [
        [3, 0],
        [4, 1],
        [5, 2],
      ],
    ],
    [
      7,
      [
        [5, 2],
        [4, 1],
        [3, 0],
      ],
    ],
    [
      8,
      [
        [2, 5],
        [1, 4],
        [0, 3],
      ],
    ],
  ])('orientation %i', (orientation, upright) => {
    const { width, height, origin, stepX, stepY } = orientedGrid(3, 2, orientation)
    const seen = Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => origin + x * stepX + y * stepY))
    expect(seen).toEqual(upright)
  })
})

describe('overWhite', () => {
  it('equals Pillow for every value and alpha', () => {
    const all = new Uint8Array(65536).map((_, i) => overWhite(i & 255, i >> 8))
    expect(createHash('sha256').update(all).digest('hex')).toBe(new TextDecoder().decode(golden('over-white.sha256')).trim())
  })

  it('is applied pixel by pixel', () => {
    const rgba = Uint8ClampedArray.of(10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 255, 128)
    const row = new Int32Array(3)
    const channels = (): number[][] => Array.from(row, (word) => [word & 255, (word >> 8) & 255, word >> 16])
    flattenRow(pixelWords({ data: rgba }), orientedGrid(3, 1, 2), 0, row, 'white')
    expect(channels()).toEqual([
      [127, 177, 255],
      [255, 255, 255],
      [10, 20, 30],
    ])
    flattenRow(pixelWords({ data: rgba }), orientedGrid(3, 1, 2), 0, row, 'drop')
    expect(channels()).toEqual([
      [0, 100, 255],
      [10, 20, 30],
      [10, 20, 30],
    ])
  })

  it('sees the same pixels wherever they begin in their buffer', () => {
    const rgba = [1, 2, 3, 4, 250, 251, 252, 253]
    const words = [...pixelWords({ data: Uint8ClampedArray.from(rgba) })]
    for (const at of [1, 2, 3, 4]) {
      const within = Uint8ClampedArray.from([...Array.from({ length: at }, () => 9), ...rgba, 9])
      expect([...pixelWords({ data: within.subarray(at, at + rgba.length) })]).toEqual(words)
    }
  })
})

describe('planFit', () => {
  it('contains in a square, the smaller half of an odd margin first', () => {
    expect(planFit('contain', 5, 2, 64)).toEqual({
      x: { source: 5, canvas: 5, offset: 0, resized: 64, cropFrom: 0, size: 64 },
      y: { source: 2, canvas: 5, offset: 1, resized: 64, cropFrom: 0, size: 64 },
    })
  })

  it('covers: shortest edge, then the centre', () => {
    expect(planFit('cover', 100, 67, 64)).toEqual({
      x: { source: 100, canvas: 100, offset: 0, resized: 95, cropFrom: 15, size: 64 },
      y: { source: 67, canvas: 67, offset: 0, resized: 64, cropFrom: 0, size: 64 },
    })
  })

  it('covers with a shortest edge of its own, larger or smaller than the crop', () => {
    expect(planFit('cover', 100, 67, 64, 80)).toEqual({
      x: { source: 100, canvas: 100, offset: 0, resized: 119, cropFrom: 27, size: 64 },
      y: { source: 67, canvas: 67, offset: 0, resized: 80, cropFrom: 8, size: 64 },
    })
    // 61 lacks 3: two pixels of padding before, one after.
    expect(planFit('cover', 100, 100, 64, 61).x).toEqual({
      source: 100,
      canvas: 100,
      offset: 0,
      resized: 61,
      cropFrom: -2,
      size: 64,
    })
  })

  it('stretches each edge by itself', () => {
    expect(planFit('stretch', 10, 20, 64)).toEqual({
      x: { source: 10, canvas: 10, offset: 0, resized: 64, cropFrom: 0, size: 64 },
      y: { source: 20, canvas: 20, offset: 0, resized: 64, cropFrom: 0, size: 64 },
    })
  })
})

describe('toTensor', () => {
  it('writes normalised planes', () => {
    const tensor = toTensor(Uint8Array.of(0, 51, 255, 255, 102, 0), { mean: [0.5, 0, 0.25], std: [0.5, 1, 2] })
    expect(tensor).toEqual(Float32Array.of(-1, 1, 0.2, 0.4, 0.375, -0.125))
  })
})

describe('bounded', () => {
  it.each([
    [112, 112, 100, 100],
    [400, 100, 400, 100],
    [64, 64, 100, 100],
    [1600, 200, 400, 50],
    [3, 4000, 1, 400],
  ])('%i × %i becomes %i × %i, whole', (width, height, across, down) => {
    const { x, y } = planFit('bounded', width, height, 100, undefined, 400)
    expect([x.size, y.size]).toEqual([across, down])
    expect([x.offset, x.cropFrom, x.canvas, x.resized]).toEqual([0, 0, width, across])
  })
})
