/**
 * Official files as tests write them: texts, or values that become JSON.
 * @module
 */
import { type ImportRequest, prepareImport, type PreparedImport } from '../../src/imports/import-dataset.ts'
import { taskRegistry } from '../../src/tasks/registry.ts'
import { Problems } from '../../src/files/problems.ts'
import type { Draft } from '../../src/tasks/draft.ts'
import type { Format, FormatFile, ReadOptions } from '../../src/tasks/format.ts'
import { readWhole, type WholeRead } from '../../src/tasks/format-reader.ts'
import { type VqaAnnotation, vqaAnnotation } from '../../src/tasks/vqa/formats/vqa-v2-records.ts'

/** The bytes of a file. */
export function bytesOf(file: unknown): Uint8Array {
  return new TextEncoder().encode(typeof file === 'string' ? file : JSON.stringify(file))
}

/** Reads the files of a format whole. */
export function readFiles<Data, Gathered extends object, Item extends Draft>(
  format: Format<Data, Gathered, Item>,
  files: Readonly<Partial<Record<FormatFile, unknown>>>,
  options: Partial<ReadOptions> = {},
): WholeRead<Item> {
  const bytes = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, bytesOf(file)]))
  return readWhole(format, bytes, { withPictures: true, ...options })
}

/** Annotations of a VQA v2 file that is known to be right. @param file - text or parsed JSON. */
export function vqaAnnotationsOf(file: unknown): VqaAnnotation[] {
  const { annotations } = JSON.parse(new TextDecoder().decode(bytesOf(file))) as { annotations: unknown[] }
  const problems = new Problems('annotations')
  const checked = annotations.map((record, index) => vqaAnnotation(record, `/annotations/${index}`, problems))
  problems.throwIfAny()
  return checked.flatMap((annotation) => annotation ?? [])
}

/** An import within a request, whose files are texts. */
export type TextImport = Omit<ImportRequest, 'files'> & { readonly files: Readonly<Partial<Record<FormatFile, string>>> }

/** The request with bytes for texts. */
export function importOf({ files, ...request }: TextImport): ImportRequest {
  return { ...request, files: Object.fromEntries(Object.entries(files).map(([name, text]) => [name, bytesOf(text)])) }
}

/** {@link prepareImport} of an import whose files are texts. */
export function prepareTexts(request: TextImport): Promise<PreparedImport> {
  return prepareImport(importOf(request), taskRegistry)
}
