/**
 * The identity of a fake edge model.
 * @module
 */
import type { ModelIdentityOf } from '../../src/contracts/model.ts'

export const FAKE_IDENTITY: ModelIdentityOf<'edge_model'> = {
  type: 'edge_model',
  model: 'fake',
  version: '1',
  model_digest: 'a'.repeat(64),
  preprocessing_digest: 'b'.repeat(64),
  runtime: 'runtime/1',
}
