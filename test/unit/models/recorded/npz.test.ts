/** Embeddings in .npz files that numpy 2 wrote. */
import { expect, test } from 'vitest'
import { readEmbeddingsFile } from '../../../../src/models/recorded/embeddings/embeddings-file.ts'
import { readVectors } from '../../../../src/models/recorded/embeddings/read-rows.ts'
import type { StoredMatrix } from '../../../../src/models/recorded/embeddings/safetensors.ts'

/**
 * `np.savez(f, images=np.array([[0, 1], [3, 4]], np.float32), texts=np.array([[1, 0], [0, 1], [.6, .8]],
 * np.float16), image_ids=np.array([9, 7]), text_ids=np.array(['7#0', '9#0', 'é👍']))`
 */
const SAVED = [
  'UEsDBC0AAAAAAAAAIQCzKUUf//////////8KABQAaW1hZ2VzLm5weQEAEACQAAAAAAAAAJAAAAAAAAAAk05VTVBZAQB2AHsnZGVz',
  'Y3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAg',
  'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAACAPwAAQEAAAIBAUEsDBC0AAAAAAAAAIQAIPJWo////',
  '//////8JABQAdGV4dHMubnB5AQAQAIwAAAAAAAAAjAAAAAAAAACTTlVNUFkBAHYAeydkZXNjcic6ICc8ZjInLCAnZm9ydHJhbl9v',
  'cmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywgMiksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg',
  'ICAgICAgICAgICAgICAgCgA8AAAAAAA8zThmOlBLAwQtAAAAAAAAACEAJ23v0v//////////DQAUAGltYWdlX2lkcy5ucHkBABAA',
  'kAAAAAAAAACQAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxpOCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6',
  'ICgyLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKCQAAAAAA',
  'AAAHAAAAAAAAAFBLAwQtAAAAAAAAACEA64WUmf//////////DAAUAHRleHRfaWRzLm5weQEAEACkAAAAAAAAAKQAAAAAAAAAk05V',
  'TVBZAQB2AHsnZGVzY3InOiAnPFUzJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAg',
  'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo3AAAAIwAAADAAAAA5AAAAIwAAADAAAADp',
  'AAAATfQBAAAAAABQSwECLQMtAAAAAAAAACEAsylFH5AAAACQAAAACgAAAAAAAAAAAAAAgAEAAAAAaW1hZ2VzLm5weVBLAQItAy0A',
  'AAAAAAAAIQAIPJWojAAAAIwAAAAJAAAAAAAAAAAAAACAAcwAAAB0ZXh0cy5ucHlQSwECLQMtAAAAAAAAACEAJ23v0pAAAACQAAAA',
  'DQAAAAAAAAAAAAAAgAGTAQAAaW1hZ2VfaWRzLm5weVBLAQItAy0AAAAAAAAAIQDrhZSZpAAAAKQAAAAMAAAAAAAAAAAAAACAAWIC',
  'AAB0ZXh0X2lkcy5ucHlQSwUGAAAAAAQABADkAAAARAMAAAAA',
].join('')
/** `np.savez_compressed(f, images=np.array([[0, 1]], np.float32))` */
const COMPRESSED = [
  'UEsDBC0AAAAIAAAAIQDYib0s//////////8KABQAaW1hZ2VzLm5weQEAEACIAAAAAAAAAEsAAAAAAAAAm+wX6hsQychQxlCtnpJa',
  'nFykbqWgbpNmoq6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkahjoKRpo6CrUKZAMuBjBosAcAUEsBAi0DLQAAAAgAAAAh',
  'ANiJvSxLAAAAiAAAAAoAAAAAAAAAAAAAAIABAAAAAGltYWdlcy5ucHlQSwUGAAAAAAEAAQA4AAAAhwAAAAAA',
].join('')

const decode = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))
const read = (bytes: Uint8Array) =>
  readEmbeddingsFile({ bytes: bytes.length, read: async (at, length) => bytes.slice(at, at + length) })

/** The file with a text replaced by another of its length. */
function edited(from: string, to: string): Uint8Array {
  const bytes = Buffer.from(decode(SAVED))
  for (let at = bytes.indexOf(from, 0, 'latin1'); at >= 0; at = bytes.indexOf(from, at + 1, 'latin1'))
    bytes.write(to, at, 'latin1')
  return new Uint8Array(bytes)
}

async function rows(bytes: Uint8Array, { rowOf, ...matrix }: StoredMatrix): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {}
  const ids = [...rowOf.keys()]
  const file = { bytes: bytes.length, read: async (at: number, length: number) => bytes.slice(at, at + length) }
  for await (const [row, vector] of readVectors(file, { rowOf, ...matrix }, [...rowOf.values()]))
    found[ids[row]!] = typeof vector === 'string' ? [] : [...vector].map((component) => Math.round(100 * component) / 100)
  return found
}

test('rows are read in place by their ids, texts and integers', async () => {
  const bytes = decode(SAVED)
  const { images, texts, dimensions } = await read(bytes)
  expect(dimensions).toBe(2)
  expect(await rows(bytes, images)).toEqual({ 9: [0, 1], 7: [0.6, 0.8] })
  expect(await rows(bytes, texts)).toEqual({ '7#0': [1, 0], '9#0': [0, 1], 'é👍': [0.6, 0.8] })
})

test('ids of no characters are refused before as many are made as a header claims', async () => {
  const header = {
    from: "'<i8', 'fortran_order': False, 'shape': (2,)",
    to: "'<U0', 'fortran_order': False, 'shape': (900000000,)",
  }
  const bytes = Buffer.from(decode(SAVED))
  const at = bytes.indexOf(header.from, 0, 'latin1')
  bytes.write(header.to, at, 'latin1')
  await expect(read(new Uint8Array(bytes))).rejects.toThrow('image_ids: must be a list')
})

test('vectors beyond what one is read at a time are refused', async () => {
  const ids = JSON.stringify(['a'])
  const tensor = { dtype: 'F16', shape: [1, 65_537], data_offsets: [0, 2 * 65_537] }
  const header = Buffer.from(JSON.stringify({ images: tensor, texts: tensor, __metadata__: { image_ids: ids, text_ids: ids } }))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  const file = Buffer.concat([length, header, Buffer.alloc(2 * 65_537)])
  await expect(read(new Uint8Array(file))).rejects.toThrow('vectors have 65537 dimensions; at most 65536 are read')
})

test.each<[string, Uint8Array, string]>([
  ['a compressed file', decode(COMPRESSED), 'images.npy is compressed, so rows cannot be read in place; use numpy.savez'],
  ['half a file', decode(SAVED).slice(0, 700), 'has no directory'],
  ['another member', edited('text_ids.npy', 'text_idx.npy'), 'has no array text_ids'],
  [
    'doubles',
    edited("'<f4'", "'<f8'"),
    "images: must be a matrix of float32 or float16, is <f8 of (2, 2); save it with .astype('float32')",
  ],
  [
    'ids as Python objects',
    edited("'<i8'", "'|O' "),
    'image_ids: has Python objects, which are not read; give numpy.array(ids, dtype=str)',
  ],
  [
    'a single array',
    Uint8Array.from([0x93, ...Buffer.from('NUMPY and more')]),
    'is one array (.npy) without ids; make it by numpy.savez(',
  ],
  [
    'another order',
    edited("'fortran_order': False, 'shape': (2, 2)", "'fortran_order': True,  'shape': (2, 2)"),
    'not an array in the order of C',
  ],
  ['a shape of more rows', edited('(3, 2)', '(9, 2)'), 'texts: must be a matrix'],
  ['ids of another type', edited("'<i8'", "'<f8'"), 'image_ids: must be a list of texts or integers, is <f8'],
  ['ids of no characters', edited("'<U3'", "'<U0'"), 'text_ids: must be a list of texts or integers, is <U0'],
  ['a damaged array', edited('NUMPY', 'NUMPI'), 'is not an array'],
  ['an id twice', edited('9\0\0\0#', '7\0\0\0#'), 'texts: an id occurs twice: 7#0'],
])('%s is refused', async (_case, bytes, message) => {
  await expect(read(bytes)).rejects.toThrow(message)
})
