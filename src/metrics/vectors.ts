/**
 * Dot products and cosines in Float64 with a fixed order of summation: the same bits on every machine.
 * @module
 */

/** An embedding: Float32 from a model, Float64 or plain numbers from a file. */
export type Vector = ArrayLike<number>

/** Rows of equal length in one block. */
export interface Matrix {
  readonly data: Float32Array | Float64Array
  readonly rows: number
  readonly dimensions: number
}

/**
 * Checks vectors that are used together. @returns their number of dimensions; 0 without vectors
 * @throws {RangeError} for unequal lengths, zero dimensions, or a non-finite component.
 */
function checkVectors(vectors: readonly Vector[]): number {
  const dimensions = vectors[0]?.length ?? 0
  vectors.forEach((vector, row) => {
    if (vector.length !== dimensions || dimensions === 0)
      throw new RangeError(`vector ${row} has ${vector.length} dimensions, vector 0 has ${dimensions}`)
    for (let component = 0; component < dimensions; component++)
      if (!Number.isFinite(vector[component])) throw new RangeError(`vector ${row}: component ${component} is not finite`)
  })
  return dimensions
}

/**
 * Packs vectors into a matrix; Float32 if all of them are.
 * @throws {RangeError} as {@link checkVectors}
 */
export function matrixOf(vectors: readonly Vector[]): Matrix {
  const dimensions = checkVectors(vectors)
  const data = vectors.every((vector) => vector instanceof Float32Array)
    ? new Float32Array(vectors.length * dimensions)
    : new Float64Array(vectors.length * dimensions)
  vectors.forEach((vector, row) => data.set(vector, row * dimensions))
  return { data, rows: vectors.length, dimensions }
}

/** Rows of equal length, wherever they are. */
export interface VectorRows {
  readonly rows: number
  readonly dimensions: number
  /** Copies rows [first, end) into `into`, one after another. */
  copy(first: number, end: number, into: Float64Array): void
}

/**
 * Vectors where they are: a gallery that fits once need not fit twice.
 * @throws {RangeError} as {@link checkVectors}
 */
export function rowsOf(vectors: readonly Vector[]): VectorRows {
  const dimensions = checkVectors(vectors)
  return {
    rows: vectors.length,
    dimensions,
    copy(first, end, into) {
      for (let row = first; row < end; row++) into.set(vectors[row]!, (row - first) * dimensions)
    },
  }
}

/**
 * The dot product of row `i` of `a` and row `j` of `b`: four interleaved partial sums, added as (s0 + s1) +
 * (s2 + s3), then the remaining components in order.
 */
export function dotRows(a: Pick<Matrix, 'data' | 'dimensions'>, i: number, b: Pick<Matrix, 'data'>, j: number): number {
  const { data: x, dimensions } = a
  const y = b.data
  let p = i * dimensions
  let q = j * dimensions
  const end = p + dimensions
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  for (; p + 4 <= end; p += 4, q += 4) {
    s0 += x[p]! * y[q]!
    s1 += x[p + 1]! * y[q + 1]!
    s2 += x[p + 2]! * y[q + 2]!
    s3 += x[p + 3]! * y[q + 3]!
  }
  let sum = s0 + s1 + (s2 + s3)
  for (; p < end; p++, q++) sum += x[p]! * y[q]!
  return sum
}

/** The dot product of two vectors, summed in index order. */
export function dot(a: Vector, b: Vector): number {
  if (a.length !== b.length) throw new RangeError(`vectors of ${a.length} and ${b.length} dimensions`)
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** The vector scaled to unit Euclidean length, in Float64. A zero vector gives NaNs, as in numpy. */
export function normalize(vector: Vector): Float64Array {
  const length = Math.sqrt(dot(vector, vector))
  return Float64Array.from(vector, (component) => component / length)
}

/**
 * The cosine of two vectors of any length, in [-1, 1] up to rounding. Both are normalized first, like in
 * official CLIPScore. NaN if either is zero.
 */
export function cosine(a: Vector, b: Vector): number {
  return dot(normalize(a), normalize(b))
}
