/**
 * Which output of a tower is the joint embedding, by its family; and how texts are fed, by what trials
 * gave.
 */
import { describe, expect, test } from 'vitest'
import { paddingOf } from '../../../../src/cli/models/prepare.ts'
import { inputsAndOutput } from '../../../../src/cli/models/tower-file.ts'

const value = (name: string, type = 'float32') => ({ name, type, shape: [null, 24] })
const tower = (half: 'vision' | 'text', ...outputs: string[]) => ({
  inputs: [half === 'vision' ? value('pixel_values') : value('input_ids', 'int64')],
  outputs: outputs.map((name) => value(name)),
})

describe('the joint embedding', () => {
  test.each(['vision', 'text'] as const)('a %s tower of CLIP without its projection is refused', (half) => {
    expect(() => inputsAndOutput(tower(half, 'last_hidden_state', 'pooler_output'), half, 'clip', 'x.onnx')).toThrow(
      /x\.onnx gives pooler_output, which in CLIP is the vector before the projection.*WithProjection.*--split_modalities/,
    )
  })

  test('SigLIP has no projection: what it pools is the embedding', () => {
    const { output } = inputsAndOutput(tower('vision', 'last_hidden_state', 'pooler_output'), 'vision', 'siglip', 'x.onnx')
    expect(output.name).toBe('pooler_output')
  })

  test('the projected one goes first', () => {
    for (const family of ['clip', 'siglip'] as const) {
      const { output } = inputsAndOutput(tower('text', 'pooler_output', 'text_embeds'), 'text', family, 'x.onnx')
      expect(output.name).toBe('text_embeds')
    }
  })
})

describe('padding', () => {
  const gives = (...vector: number[]) => ({ shape: [1, vector.length], vector: Float32Array.from(vector) })
  const fails = { failed: 'no' }
  test.each([
    ['the same vector either way', gives(1, 0), gives(1, 0.001), false, 'as_it_is'],
    ['another vector', gives(1, 0), gives(1, 0.1), false, 'padded'],
    ['no text as it is', fails, gives(1, 0), false, 'padded'],
    ['no padded text', gives(1, 0), fails, false, 'as_it_is'],
    ['no text at all', fails, fails, false, 'refused'],
    ['a family that fills up', gives(1, 0), gives(1, 0), true, 'padded'],
    ['a family that fills up, and a graph that takes none', gives(1, 0), fails, true, 'refused'],
  ] as const)('%s', (_, short, padded, always, way) => {
    expect(paddingOf({ long: gives(1, 0), short, padded }, always)).toBe(way)
  })

  test('a long text that does not run', () => {
    expect(paddingOf({ long: fails, short: gives(1), padded: gives(1) }, false)).toBe('refused')
  })
})
