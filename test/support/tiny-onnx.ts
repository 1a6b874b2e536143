/**
 * Text towers of a few numbers as ONNX: the mean of the rows of every position, padding included, like an
 * export without a mask.
 * @module
 */

/** ONNX data types (onnx.proto3). */
const FLOAT = 1
const INT64 = 7

export interface MeanTower {
  /** Number of rows of the table. */
  readonly vocabulary: number
  readonly dimensions: number
  /** Length of every text, if the export fixes it. */
  readonly length?: number
  /** Rows with one value everywhere: NaN and zeros make towers that fail on some texts only. */
  readonly rows?: Readonly<Record<number, number>>
  readonly output?: string
}

/** An ONNX file with `input_ids` [batch, length] → `text_embeds` [batch, dimensions]. */
export function meanTower({ vocabulary, dimensions, length, rows = {}, output = 'text_embeds' }: MeanTower): Uint8Array {
  const table = Float32Array.from({ length: vocabulary * dimensions }, (_, at) => {
    const row = Math.floor(at / dimensions)
    return rows[row] ?? Math.sin(1 + row * 12.9898 + (at % dimensions) * 78.233)
  })
  const axes = BigInt64Array.of(1n)
  const graph = [
    message(1, [text(1, 'rows'), text(1, 'input_ids'), text(2, 'looked_up'), text(4, 'Gather')]),
    message(1, [
      text(1, 'looked_up'),
      text(1, 'axes'),
      text(2, output),
      text(4, 'ReduceMean'),
      message(5, [text(1, 'keepdims'), number(3, 0), number(20, 2)]),
    ]),
    text(2, 'mean'),
    message(5, [
      number(1, vocabulary),
      number(1, dimensions),
      number(2, FLOAT),
      text(8, 'rows'),
      bytes(9, new Uint8Array(table.buffer)),
    ]),
    message(5, [number(1, 1), number(2, INT64), text(8, 'axes'), bytes(9, new Uint8Array(axes.buffer))]),
    value(11, 'input_ids', INT64, ['batch', length ?? 'length']),
    value(12, output, FLOAT, ['batch', dimensions]),
  ]
  return joined([number(1, 9), message(8, [text(1, ''), number(2, 18)]), message(7, graph)])
}

function value(field: number, name: string, type: number, shape: readonly (string | number)[]): Uint8Array {
  const dims = shape.map((dim) => message(1, [typeof dim === 'number' ? number(1, dim) : text(2, dim)]))
  return message(field, [text(1, name), message(2, [message(1, [number(1, type), message(2, dims)])])])
}

const number = (field: number, of: number): Uint8Array => joined([varint(8 * field), varint(of)])
const bytes = (field: number, of: Uint8Array): Uint8Array => joined([varint(8 * field + 2), varint(of.length), of])
const text = (field: number, of: string): Uint8Array => bytes(field, new TextEncoder().encode(of))
const message = (field: number, parts: readonly Uint8Array[]): Uint8Array => bytes(field, joined(parts))
const joined = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

function varint(of: number): Uint8Array {
  const out: number[] = []
  for (let rest = of; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...out, rest])
    out.push((rest % 128) + 128)
  }
}
