/** ONNX files read and split without loading them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readExternalWeights } from '../../../../src/models/edge/external-weights.ts'
import { externalize, graphOver } from '../../../../src/models/onnx/external-data.ts'
import { GRAPH, MODEL, readOnnx, TENSOR } from '../../../../src/models/onnx/onnx-file.ts'
import { bytesField, concat, fieldsOf, ProtobufError, textField, varintField } from '../../../../src/models/onnx/protobuf.ts'
import { BROUGHT } from '../../../support/brought-model.ts'

const clipText = new Uint8Array(readFileSync(join(BROUGHT, 'clip-tiny/onnx/text_model.onnx')))

/** A model of float tensors only. */
function modelOf(tensors: readonly Uint8Array[]): Uint8Array {
  const weights = tensors.map((raw, index) =>
    bytesField(
      GRAPH.initializer,
      varintField(TENSOR.dims, raw.length / 4),
      varintField(TENSOR.type, 1),
      textField(TENSOR.name, `w${index}`),
      bytesField(TENSOR.raw, raw),
    ),
  )
  return concat(varintField(1, 8), bytesField(MODEL.graph, ...weights))
}

const tensor = fc.integer({ min: 1, max: 700 }).chain((length) => fc.uint8Array({ minLength: 4 * length, maxLength: 4 * length }))

describe('reading', () => {
  test('inputs, outputs and weights of an exported text tower', () => {
    const { inputs, outputs, weights, operators } = readOnnx(clipText)
    expect(inputs).toEqual([
      { name: 'input_ids', type: 'int64', shape: [null, null] },
      { name: 'attention_mask', type: 'int64', shape: [null, null] },
    ])
    expect(outputs).toEqual([{ name: 'text_embeds', type: 'float32', shape: [null, 24] }])
    expect(weights.find(({ name }) => name === 'positions.weight' || name.endsWith('positions.weight'))?.dims).toEqual([20, 24])
    expect(operators.get('Softmax')).toBe(2)
  })

  test('whatever the bytes, it ends, in a model or a named error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readOnnx(bytes)
        } catch (error) {
          expect(error instanceof ProtobufError || (error as Error).message === 'it has no graph').toBe(true)
        }
      }),
    )
  })

  test('a file cut anywhere is never read as if it were whole', () => {
    for (const share of [0.1, 0.5, 0.9, 0.999])
      expect(() => readOnnx(clipText.subarray(0, Math.floor(share * clipText.length)))).toThrow(ProtobufError)
  })

  test('fields written are fields read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.nat({ max: 2 ** 50 }), fc.string(), (number, value, text) => {
        const [first, second] = [...fieldsOf(concat(varintField(number, value), textField(number, text)))]
        expect(first).toMatchObject({ number, wire: 0, value })
        expect(new TextDecoder().decode(second!.bytes)).toBe(text.toWellFormed())
      }),
    )
  })
})

describe('weights beside the graph', () => {
  test('are those of the file, in any number and size', () => {
    fc.assert(
      fc.property(fc.array(tensor, { maxLength: 6 }), (tensors) => {
        const { graph, data } = externalize(modelOf(tensors), 'beside')
        const { weights } = readOnnx(graph)
        expect(weights).toHaveLength(tensors.length)
        for (const [index, { raw, external, bytes }] of weights.entries()) {
          const held = external === null ? raw : data.subarray(external.offset, external.offset + external.length)
          expect(held).toEqual(tensors[index])
          expect(bytes).toBe(tensors[index]!.length)
          expect(external === null).toBe(tensors[index]!.length < 1024)
          if (external !== null) expect(external.offset % 64).toBe(0)
        }
      }),
    )
  })

  test('lie in the whole file where a graph over it says, and the graph is small', () => {
    fc.assert(
      fc.property(fc.array(tensor, { maxLength: 6 }), fc.nat({ max: 70 }), (tensors, shift) => {
        // The file may itself be a view of something larger.
        const file = modelOf(tensors)
        const model = new Uint8Array(shift + file.length).subarray(shift)
        model.set(file)
        const graph = graphOver(model, 'itself')
        const { weights } = readOnnx(graph)
        expect(weights).toHaveLength(tensors.length)
        for (const [index, { raw, external }] of weights.entries()) {
          expect(external === null).toBe(tensors[index]!.length < 1024)
          expect(external?.location ?? 'itself').toBe('itself')
          const held = external === null ? raw : model.subarray(external.offset, external.offset + external.length)
          expect(held).toEqual(tensors[index])
        }
        expect(graph.length).toBeLessThan(1200 * tensors.length + 20)
      }),
    )
  })

  test('come through a stream in chunks of any size, one by one, once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(tensor, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 5000 }),
        async (tensors, step) => {
          const { graph, data } = externalize(modelOf(tensors), 'beside')
          const chunks = new ReadableStream<Uint8Array>({
            start(controller) {
              for (let at = 0; at < data.length; at += step) controller.enqueue(data.slice(at, at + step))
              controller.close()
            },
          })
          const whole = await readExternalWeights(chunks, graph, 'beside', data.length)
          expect(whole.byteLength).toBe(data.length)
          for (const { external, name } of readOnnx(graph).weights) {
            if (external === null) continue
            const taken = whole.subarray(external.offset, external.offset + external.length)
            expect(taken).toEqual(tensors[Number(name.slice(1))])
            expect(() => whole.subarray(external.offset, external.offset + external.length)).toThrow(/second time/)
          }
        },
      ),
    )
  })

  test('a file shorter than the manifest says is refused', async () => {
    const { graph, data } = externalize(modelOf([new Uint8Array(4096)]), 'beside')
    const stream = new Response(data.slice(0, 4000)).body!
    await expect(readExternalWeights(stream, graph, 'beside', data.length)).rejects.toThrow('beside: 4000 bytes came, not 4096')
  })
})
