/**
 * Contents of an ONNX file, read without loading it: inputs, outputs, weights (onnx.proto3, IR 3 to 13).
 * @module
 */
import { type Field, fieldsOf, numbersOf, textOf } from './protobuf.ts'

export interface OnnxValue {
  readonly name: string
  /** A name of `ELEMENT_TYPES`, or the type's number. */
  readonly type: string
  /** null for a named or unknown dimension. */
  readonly shape: readonly (number | null)[]
}

export interface Weight {
  readonly name: string
  readonly type: string
  readonly dims: readonly number[]
  /** Little-endian values, if the file has them in this form; otherwise empty. */
  readonly raw: Uint8Array
  /** Place of the values outside the file, if any. */
  readonly external: { readonly location: string; readonly offset: number; readonly length: number } | null
  readonly bytes: number
}

export interface OnnxFile {
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  readonly weights: readonly Weight[]
  /** Number of occurrences of each operator. */
  readonly operators: ReadonlyMap<string, number>
}

/** TensorProto.DataType: name and bytes per element. */
const ELEMENT_TYPES: Readonly<Record<number, readonly [string, number]>> = {
  1: ['float32', 4],
  2: ['uint8', 1],
  3: ['int8', 1],
  4: ['uint16', 2],
  5: ['int16', 2],
  6: ['int32', 4],
  7: ['int64', 8],
  9: ['bool', 1],
  10: ['float16', 2],
  11: ['float64', 8],
  16: ['bfloat16', 2],
  21: ['uint4', 0.5],
  22: ['int4', 0.5],
}

/** Field numbers of onnx.proto3. */
export const MODEL = { graph: 7 } as const
export const GRAPH = { node: 1, initializer: 5, input: 11, output: 12 } as const
export const TENSOR = {
  dims: 1,
  type: 2,
  floatData: 4,
  int32Data: 5,
  int64Data: 7,
  name: 8,
  raw: 9,
  external: 13,
  location: 14,
} as const
const NODE = { operator: 4 } as const

/** @throws {Error} if the bytes are not an ONNX file */
export function readOnnx(bytes: Uint8Array): OnnxFile {
  const graph = [...fieldsOf(bytes)].find(({ number }) => number === MODEL.graph)
  if (graph === undefined) throw new Error('it has no graph')
  const inputs: OnnxValue[] = []
  const outputs: OnnxValue[] = []
  const weights: Weight[] = []
  const operators = new Map<string, number>()
  for (const field of fieldsOf(graph.bytes)) {
    if (field.number === GRAPH.input) inputs.push(valueOf(field.bytes))
    else if (field.number === GRAPH.output) outputs.push(valueOf(field.bytes))
    else if (field.number === GRAPH.initializer) weights.push(weightOf(field.bytes))
    else if (field.number === GRAPH.node) {
      for (const part of fieldsOf(field.bytes))
        if (part.number === NODE.operator) operators.set(textOf(part), (operators.get(textOf(part)) ?? 0) + 1)
    }
  }
  const held = new Set(weights.map(({ name }) => name))
  // Old exporters list weights among the inputs too.
  return { inputs: inputs.filter(({ name }) => !held.has(name)), outputs, weights, operators }
}

/** ValueInfoProto: name, type → tensor_type → elem_type, shape → dim → dim_value. */
function valueOf(bytes: Uint8Array): OnnxValue {
  let name = ''
  let type = 'unknown'
  const shape: (number | null)[] = []
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) name = textOf(field)
    if (field.number !== 2) continue
    for (const tensor of inside(field, 1))
      for (const part of fieldsOf(tensor.bytes)) {
        if (part.number === 1) type = nameOfType(part.value)
        if (part.number === 2)
          for (const dim of inside(part, 1))
            shape.push([...fieldsOf(dim.bytes)].find(({ number }) => number === 1)?.value ?? null)
      }
  }
  return { name, type, shape }
}

export function weightOf(bytes: Uint8Array): Weight {
  const dims: number[] = []
  const entries = new Map<string, string>()
  let [name, type, typed] = ['', 0, 0]
  let raw: Uint8Array = new Uint8Array()
  for (const field of fieldsOf(bytes)) {
    if (field.number === TENSOR.dims) dims.push(...numbersOf(field))
    else if (field.number === TENSOR.type) type = field.value
    else if (field.number === TENSOR.name) name = textOf(field)
    else if (field.number === TENSOR.raw) raw = field.bytes
    // Packed floats are the same little-endian bytes as raw data.
    else if (field.number === TENSOR.floatData && field.wire === 2 && type === 1) raw = field.bytes
    else if (field.number === TENSOR.int32Data || field.number === TENSOR.int64Data) typed += field.bytes.length
    else if (field.number === TENSOR.external) {
      const [key, value] = [...fieldsOf(field.bytes)]
      if (key !== undefined && value !== undefined) entries.set(textOf(key), textOf(value))
    }
  }
  const elements = dims.reduce((product, dim) => product * dim, 1)
  const length = Math.ceil(elements * (ELEMENT_TYPES[type]?.[1] ?? 1))
  const location = entries.get('location')
  const external =
    location === undefined
      ? null
      : { location, offset: Number(entries.get('offset') ?? 0), length: Number(entries.get('length') ?? length) }
  return { name, type: nameOfType(type), dims, raw, external, bytes: external?.length ?? Math.max(raw.length, typed && length) }
}

const nameOfType = (type: number): string => ELEMENT_TYPES[type]?.[0] ?? `type ${type}`

const inside = (field: Field, number: number): Field[] => [...fieldsOf(field.bytes)].filter((part) => part.number === number)
