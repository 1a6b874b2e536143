/**
 * Items of a run with the model's outputs, in ordinal order: input of metrics over a corpus of texts or
 * segments.
 * @module
 */
import type { DatasetReader } from '../contracts/dataset.ts'
import type { OutputKind } from '../contracts/model.ts'
import type { RunRecord, SampleEvidence } from '../contracts/run.ts'
import type { ItemOutput } from '../scorers/aggregate-input.ts'
import { outputOf } from './kept-output.ts'
import { type ReadRowsDependencies, shardsInOrder } from './read-rows.ts'

/**
 * The first `count` items.
 * @param kind - kind of the stored outputs
 * @returns one entry per item; output null for items of failed shards, errored items and items without an
 *   answer
 */
export async function readOutputs(
  dependencies: ReadRowsDependencies,
  run: RunRecord,
  reader: DatasetReader,
  count: number,
  kind: OutputKind,
): Promise<ItemOutput[]> {
  const outputs: ItemOutput[] = []
  for await (const shard of shardsInOrder(dependencies, run, count)) {
    const items = await reader.items(shard.first, shard.end)
    const texts =
      shard.state !== 'recorded' || shard.evidenceKey === null ? null : textsOf(await dependencies.blobs.get(shard.evidenceKey))
    items.forEach((item, index) => {
      const ordinal = shard.first + index
      const text = texts?.get(ordinal) ?? null
      if (ordinal < count) outputs.push({ ordinal, item, output: text === null ? null : outputOf(kind, text) })
    })
  }
  return outputs
}

function textsOf(evidence: Uint8Array): Map<number, string | null> {
  const lines = new TextDecoder().decode(evidence).split('\n').filter(Boolean)
  return new Map(lines.map((line) => JSON.parse(line) as SampleEvidence).map(({ ordinal, output }) => [ordinal, output ?? null]))
}
