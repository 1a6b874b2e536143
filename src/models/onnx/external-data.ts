/**
 * Moves weights out of an ONNX file into a file beside it.
 *
 * ONNX Runtime copies a file into WebAssembly memory, parses it there, and copies the weights again. Weights
 * beside the file are copied once, straight to their place. docs/models.md has the savings.
 * @module
 */
import { GRAPH, MODEL, TENSOR, weightOf } from './onnx-file.ts'
import { bytesField, concat, fieldsOf, textField, varintField } from './protobuf.ts'

/** Smaller weights stay: shape inference reads shapes and scalars, and moving them saves nothing. */
const LEAST_BYTES = 1024
const ALIGNMENT = 64

export interface Externalized {
  /** The graph without the moved weights. */
  readonly graph: Uint8Array
  /** The moved weights; may be empty. */
  readonly data: Uint8Array
}

/**
 * The same model in two files. No value changes: `graph` refers to `data` by `location`.
 * @param location name of the second file for the runtime
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
 * The model's graph, with weights referring by `location` to their place in the model's own bytes. No weights
 * are copied.
 */
export function graphOver(model: Uint8Array, location: string): Uint8Array {
  return withWeightsAt(model, location, (raw) => raw.byteOffset - model.byteOffset)
}

/** @param place returns the offset, in the file named `location`, of weights that leave the graph */
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
