/**
 * Captions that another model generated, for a model that embeds them beside their pictures: CLIPScore of
 * generated captions.
 * @module
 */
import { displayName } from '../../contracts/display-name.ts'
import { z } from 'zod'
import type { DatasetVersion } from '../../contracts/dataset.ts'
import { unprocessableField } from '../../contracts/failure.ts'
import { at } from '../../contracts/failure-pointer.ts'
import { type EmbeddedCaptions, type Model, SampleError } from '../../contracts/model.ts'
import { id } from '../../contracts/wire/common.ts'
import { type OpenRequest, REFERENCE_POINTER } from '../model-kind.ts'
import { type RecordedKindParts, readRange } from './kinds.ts'
import { findOutputFile, storeOutputs } from './store-outputs.ts'

const POINTER = `${REFERENCE_POINTER}/captions`

export const captionsReference = z
  .strictObject({
    file_id: id.describe('An uploaded file of captions, in the official results format of the dataset.'),
    name: displayName(128).min(1).describe('The name of the system that wrote them; the leaderboard shows it.'),
  })
  .describe('For datasets of the task caption: captions to embed in place of the references.')

type Reference = z.output<typeof captionsReference>
/** The captions' identity, and the work to be done before a run. @throws {Fault} naming the field */
export async function resolveCaptions(
  parts: RecordedKindParts,
  tenant: string,
  dataset: DatasetVersion,
  { file_id, name }: Reference,
): Promise<{ readonly identity: EmbeddedCaptions; prepare(): Promise<void> }> {
  const read = parts.readResultsOf(dataset.format)
  if (dataset.task !== 'caption' || read === null)
    throw unprocessableField(POINTER, `are read for datasets of the task caption; this one is ${dataset.task}: leave them out`)
  const file = await at(POINTER, () => findOutputFile(parts, tenant, file_id))
  const outputs = { file, document: 'captions file', storedAs: file.sha256, read }
  return {
    identity: { name, results_digest: file.sha256 },
    prepare: () => parts.admit(file.bytes, () => storeOutputs(parts, tenant, dataset, outputs)),
  }
}

/** Makes a model embed the caption of an item in place of its own texts. */
export async function openCaptions(
  parts: RecordedKindParts,
  request: Pick<OpenRequest, 'run' | 'range'>,
  { results_digest }: EmbeddedCaptions,
): Promise<(model: Model) => Model> {
  const captions = await readRange(parts, request, results_digest)
  return (model) => ({
    ...model,
    async run(asked) {
      const caption = captions.get(asked.item.id) ?? null
      if (caption === null) throw new SampleError('no_caption', `the file has no caption of item ${asked.item.id}`)
      const answer = await model.run({ ...asked, texts: [caption] })
      return { ...answer, evidence: { ...answer.evidence, caption } }
    },
  })
}
