/** The choice of a model by the kind of the picture. */
import { expect, test } from 'vitest'
import type { EdgeModel, PictureDomain, PictureEmbedding } from '../../../src/contracts/edge-model.ts'
import { PICTURE_KINDS, type PictureKind } from '../../../src/contracts/picture-kind.ts'
import { chooseModel } from '../../../src/scoring/choose-model.ts'

const model = (id: string, pictures: string[]) =>
  ({
    manifest: { id, domain: { pictures, description: id } },
    enter: async () => ({ leave: () => undefined }),
  }) as unknown as EdgeModel
const clip = model('clip', ['drawing'])
const photo = model('photo', ['photograph'])

const JPEG = Uint8Array.of(0xff, 0xd8, 0xff)
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47)

/** Embeds any picture as one of a kind, with the remaining probability evenly elsewhere. */
async function choose(
  candidates: readonly EdgeModel[],
  bytes: Uint8Array,
  kind: PictureKind,
  elsewhere: Partial<Record<PictureKind, number>> = {},
) {
  const asked: string[] = []
  const probabilities = Object.fromEntries(PICTURE_KINDS.map((one) => [one, one === kind ? 0.9 : (elsewhere[one] ?? 0)]))
  const domain = { kind, probability: 0.9, probabilities, detector: 'd' } as PictureDomain
  const { edgeModel, choice, picture } = await chooseModel(candidates, bytes, async ({ manifest }) => {
    asked.push(manifest.id)
    return { domain, embed: async () => ({ domain, sha256: manifest.id }) as unknown as PictureEmbedding }
  })
  // Only the chosen model has run.
  expect(picture.sha256).toBe(edgeModel.manifest.id)
  return { id: edgeModel.manifest.id, asked, choice }
}

test.each<[string, Uint8Array, PictureKind, string, string[]]>([
  ['a photograph as JPEG', JPEG, 'photograph', 'photo', ['photo']],
  ['a photograph as PNG', PNG, 'photograph', 'photo', ['clip', 'photo']],
  ['a drawing as PNG', PNG, 'drawing', 'clip', ['clip']],
  ['a drawing as JPEG', JPEG, 'drawing', 'clip', ['photo', 'clip']],
])('%s goes to the model for it, decoded once if the format suggests it', async (_, bytes, kind, id, asked) => {
  expect(await choose([clip, photo], bytes, kind)).toMatchObject({
    id,
    asked,
    choice: { kind, probability: 0.9, among: ['clip', 'photo'], reason: expect.stringMatching(/was trained on such pictures$/) },
  })
})

test('a picture of no model’s kind goes to the model whose kinds are more probable, the first of equal ones', async () => {
  const { id, choice } = await choose([clip, photo], PNG, 'screenshot', { photograph: 0.06, drawing: 0.04 })
  expect([id, choice!.reason]).toEqual(['photo', expect.stringMatching(/no shipped model was trained on such pictures/)])
  expect((await choose([clip, photo], JPEG, 'blank')).id).toBe('clip')
})

test('with one model, the choice says that it is the only one', async () => {
  const { id, choice } = await choose([clip], JPEG, 'photograph')
  expect([id, choice!.reason]).toEqual(['clip', expect.stringMatching(/^clip is the only shipped model/)])
})
