/**
 * Weights moved out of an ONNX file into one beside it.
 *
 * ONNX Runtime copies a file into WebAssembly memory, parses it there, and copies the weights again; weights beside the file are copied
 * once, straight to where they stay (docs/models.md has what that saves).
 * @module
 */
import { GRAPH, MODEL, TENSOR, weightOf } from './onnx-file.ts'
import { bytesField, concat, fieldsOf, textField, varintField } from './protobuf.ts'

/** Smaller ones stay: shape inference reads shapes and scalars, and there is nothing to gain. */
const LEAST_BYTES = 1024
const ALIGNMENT = 64

export interface Externalized {
  /** The graph, without the weights that moved. */
  readonly graph: Uint8Array
  /** The weights; empty when none moved. */
  readonly data: Uint8Array
}

/**
 * The same model in two files. Computes nothing, changes no value: `graph` refers to `data` by `location`.
 * @param location the name by which the runtime is given the second file
 */
export function externalize(model: Uint8Array, location: string): Externalized {
  const pieces: Uint8Array[] = []
  let length = 0
  const graph = withWeightsAt(model, location, (raw) => {
    const padding = (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT
    pieces.push(new Uint8Array(padding), raw)
    const offset = length + padding
    length = offset + raw.length
    return offset
  })
  return { graph, data: concat(...pieces) }
}

/**
 * The model's graph, which refers by `location` to the weights where they lie in the model's own bytes. Nothing of them is copied.
 */
export function graphOver(model: Uint8Array, location: string): Uint8Array {
  return withWeightsAt(model, location, (raw) => raw.byteOffset - model.byteOffset)
}

/** @param place the offset, in the file named `location`, of weights that leave the graph */
function withWeightsAt(model: Uint8Array, location: string, place: (raw: Uint8Array) => number): Uint8Array {
  function move(tensor: Uint8Array): Uint8Array {
    const { raw, external } = weightOf(tensor)
    if (external !== null || raw.length < LEAST_BYTES) return bytesField(GRAPH.initializer, tensor)
    const kept = [...fieldsOf(tensor)].filter(({ number }) => number !== TENSOR.raw && number !== TENSOR.floatData)
    const entry = (key: string, value: string): Uint8Array => bytesField(TENSOR.external, textField(1, key), textField(2, value))
    return bytesField(
      GRAPH.initializer,
      ...kept.map(({ whole }) => whole),
      entry('location', location),
      entry('offset', String(place(raw))),
      entry('length', String(raw.length)),
      varintField(TENSOR.location, 1),
    )
  }

  return concat(
    ...Array.from(fieldsOf(model), (field) =>
      field.number === MODEL.graph
        ? bytesField(
            MODEL.graph,
            ...Array.from(fieldsOf(field.bytes), (part) => (part.number === GRAPH.initializer ? move(part.bytes) : part.whole)),
          )
        : field.whole,
    ),
  )
}
