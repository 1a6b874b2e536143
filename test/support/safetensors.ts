/**
 * Safetensors files of embeddings, written for tests.
 * @module
 */

export interface EmbeddingRows {
  readonly ids: readonly (string | number)[]
  readonly vectors: readonly (readonly number[])[]
}

/** @param edit - changes the header before it is written */
export function safetensorsOf(
  images: EmbeddingRows,
  texts: EmbeddingRows,
  edit: (header: Record<string, Record<string, unknown>>) => void = () => {},
): Uint8Array<ArrayBuffer> {
  const block = ({ vectors }: EmbeddingRows) => Buffer.from(Float32Array.from(vectors.flat()).buffer)
  const [imageData, textData] = [block(images), block(texts)]
  const tensor = ({ vectors }: EmbeddingRows, first: number, data: Buffer) => ({
    dtype: 'F32',
    shape: [vectors.length, vectors[0]!.length],
    data_offsets: [first, first + data.length],
  })
  const header: Record<string, Record<string, unknown>> = {
    __metadata__: { image_ids: JSON.stringify(images.ids), text_ids: JSON.stringify(texts.ids) },
    images: tensor(images, 0, imageData),
    texts: tensor(texts, imageData.length, textData),
  }
  edit(header)
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  return new Uint8Array(Buffer.concat([length, json, imageData, textData]))
}
