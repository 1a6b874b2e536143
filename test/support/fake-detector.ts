/**
 * A detector with one opinion, and the manifest's members that warnings read.
 * @module
 */
import { PICTURE_KINDS, type PictureKind } from '../../src/contracts/picture-kind.ts'
import type { Detector } from '../../src/models/domain/detector.ts'

export function fakeDetector(kind: PictureKind = 'drawing'): Detector {
  return {
    probabilities: () => PICTURE_KINDS.map((one) => (one === kind ? 0.9 : 0.025)),
    digest: async () => 'd'.repeat(64),
  }
}

export const MANIFEST_PARTS = {
  image: { size: 2, fit: 'contain' },
  tokenizer: { max_length: 24 },
  languages: ['en'],
} as const
