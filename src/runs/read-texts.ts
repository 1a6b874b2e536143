/**
 * The items of a run with what the subject answered, in ordinal order: what corpus metrics of text are computed from.
 * @module
 */
import type { DatasetReader } from '../contracts/dataset.ts'
import type { Engine } from '../contracts/ports.ts'
import type { RunRecord, SampleEvidence } from '../contracts/run.ts'
import type { ItemText } from '../scorers/aggregate-input.ts'
import { shardsInOrder } from './read-rows.ts'

/** The first `count` items. Those of failed shards, and samples that errored, come without an answer. */
export async function readTexts(engine: Engine, run: RunRecord, reader: DatasetReader, count: number): Promise<ItemText[]> {
  const texts: ItemText[] = []
  for await (const shard of shardsInOrder(engine, run, count)) {
    const items = await reader.items(shard.first, shard.end)
    const answers =
      shard.evidenceKey === null ? new Map<number, string | null>() : answersOf(await engine.blobs.get(shard.evidenceKey))
    items.forEach((item, index) => {
      const ordinal = shard.first + index
      if (ordinal < count) texts.push({ ordinal, item, answer: answers.get(ordinal) ?? null })
    })
  }
  return texts
}

function answersOf(evidence: Uint8Array): Map<number, string | null> {
  const lines = new TextDecoder().decode(evidence).split('\n').filter(Boolean)
  return new Map(lines.map((line) => JSON.parse(line) as SampleEvidence).map(({ ordinal, output }) => [ordinal, output ?? null]))
}
