/**
 * The statistics of pictures, by the code that the Worker runs: `node measure.ts < paths > statistics.jsonl`.
 * A line is a path; a picture that cannot be decoded has null.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { preprocessImage } from '../../src/media/preprocess.ts'
import { pictureStatistics } from '../../src/models/domain/statistics.ts'
import { nodeCodecs } from '../../test/support/node-dual-encoder.ts'

/** The size of the photograph model, which a JPEG beyond 4 Mi pixels is decoded for. */
const SPEC = JSON.parse(await readFile(new URL('../../models/assay-photo/manifest.json', import.meta.url), 'utf8')).image

const codecs = await nodeCodecs()
for await (const path of createInterface({ input: process.stdin })) {
  const values = await statisticsOf(path)
  process.stdout.write(`${JSON.stringify({ path, values })}\n`)
}

async function statisticsOf(path: string): Promise<number[] | null> {
  try {
    const { sample } = await preprocessImage(await readFile(path), SPEC, codecs)
    return pictureStatistics(sample).map((value) => Math.fround(value))
  } catch (error) {
    process.stderr.write(`${path}: ${error}\n`)
    return null
  }
}
