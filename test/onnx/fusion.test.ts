/**
 * The shipped models that answer against their trainer's records (`models/<id>/parity.json`): the rows seen
 * in pictures, token ids, and logits from native ONNX Runtime. `ASSAY_FUSION_MODEL` names one more folder.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { describe, expect, test } from 'vitest'
import { answeringManifest } from '../../src/contracts/fusion-manifest.ts'
import { SHIPPED_FUSION_MANIFESTS } from '../../src/models/edge/fusion/shipped-fusions.ts'
import { rowWidth } from '../../src/models/edge/fusion/things.ts'
import { createTokenizer, tokenizerOptions } from '../../src/text/tokenizer.ts'
import { MODELS } from '../support/node-dual-encoder.ts'
import { nodeFusion } from '../support/node-fusion.ts'
import { encodeRgbaPng } from '../support/png.ts'

interface Case {
  readonly name: string
  readonly width: number
  readonly height: number
  readonly rgba_base64: string
  readonly rows: readonly (readonly number[])[]
  /** Logits of a fusion model; captions of a captioner, the best first. */
  readonly said: readonly (
    | {
        readonly text: string
        readonly ids: readonly number[]
        readonly answer: readonly number[]
        readonly truth: number
        readonly match?: number
        /** Attention of the first token in the last layer. */
        readonly first_attends?: readonly number[]
      }
    | { readonly caption: string; readonly log_probability: number; readonly tokens: number }
  )[]
}

/** WebAssembly's int8 kernels occasionally round differently from native ones. */
const TOLERANCE = { row: 0.05, logit: 0.5, logProbability: 0.5, share: 0.03 }

const shipped = SHIPPED_FUSION_MANIFESTS.map((manifest) => join(MODELS, answeringManifest.parse(manifest).id))
const extra = process.env['ASSAY_FUSION_MODEL']
const folders = extra === undefined ? shipped : [...shipped, extra]

const largest = (actual: ArrayLike<number>, expected: readonly number[]): number =>
  Math.max(...expected.map((value, index) => Math.abs(value - actual[index]!)))

test('every shipped model that answers has its records', async () => {
  for (const folder of folders) expect(JSON.parse(await readFile(join(folder, 'parity.json'), 'utf8'))).not.toHaveLength(0)
})

for (const folder of folders) {
  const cases = JSON.parse(await readFile(join(folder, 'parity.json'), 'utf8')) as Case[]
  const network = await nodeFusion(folder)
  const width = rowWidth(network.manifest)
  const json: unknown = JSON.parse(await readFile(join(folder, network.manifest.tokenizer.file), 'utf8'))
  const tokenizer = createTokenizer(json, tokenizerOptions(network.manifest.tokenizer))

  describe.each(cases)(`${network.manifest.id}: $name`, ({ width: across, height, rgba_base64: rgba, rows, said }) => {
    test('sees what its trainer saw, and says what its trainer said', async () => {
      const png = encodeRgbaPng(across, height, Buffer.from(rgba, 'base64'))
      const seen = await network.look(png)
      expect(seen.count).toBe(rows.length)
      rows.forEach((row, index) =>
        expect(largest(seen.rows.subarray(index * width, (index + 1) * width), row), `row ${index}`).toBeLessThan(TOLERANCE.row),
      )
      for (const one of said) {
        if ('caption' in one) continue
        const { text, ids, answer, truth, match, first_attends: attends } = one
        expect(tokenizer.encode(text).ids).toEqual(ids)
        const logits = await network.read([seen], text)
        expect(largest(logits.answer, answer), text).toBeLessThan(TOLERANCE.logit)
        expect(Math.abs(logits.truth - truth), text).toBeLessThan(TOLERANCE.logit)
        if (match !== undefined) expect(Math.abs(logits.match - match), text).toBeLessThan(TOLERANCE.logit)
        if (attends === undefined) continue
        const attention = await network.attend([seen], text)
        expect(attention.tokens).toHaveLength(ids.length)
        expect(attention.rows[0]).toMatchObject({ picture: 0, name: null, box: [0, 0, 1, 1] })
        expect(largest(attention.layers.at(-1)![0]!, attends), text).toBeLessThan(TOLERANCE.share)
      }
      const captions = said.filter((one) => 'caption' in one)
      if (captions.length === 0) return
      const [best] = await network.describe(seen)
      expect(best).toMatchObject({ caption: captions[0]!.caption, tokens: captions[0]!.tokens })
      expect(Math.abs(best!.logProbability - captions[0]!.log_probability)).toBeLessThan(TOLERANCE.logProbability)
    })
  })
}
