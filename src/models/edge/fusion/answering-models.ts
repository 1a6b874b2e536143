/**
 * The answering models of a deployment, for one tenant's pictures.
 * @module
 */
import type { AnsweringModel, AnsweringModels } from '../../../contracts/answering-model.ts'
import type { ImageReference } from '../../../contracts/item.ts'
import { type AnsweringModelParts, createAnsweringModel } from './answering-model.ts'
import type { FusionNetwork } from './fusion-network.ts'

export interface AnsweringModelsParts extends Omit<AnsweringModelParts, 'network' | 'readImage'> {
  /** By id, in list order. */
  readonly shipped: ReadonlyMap<string, FusionNetwork>
  readonly readImage: (tenant: string, image: Pick<ImageReference, 'sha256'>) => Promise<Uint8Array>
}

export function createAnsweringModels({ shipped, readImage, ...parts }: AnsweringModelsParts): AnsweringModels {
  const serve = (tenant: string, network: FusionNetwork): Promise<AnsweringModel> =>
    createAnsweringModel({ ...parts, network, readImage: (image) => readImage(tenant, image) })
  return {
    list: (tenant) => Promise.all([...shipped.values()].map((network) => serve(tenant, network))),
    async find(tenant, id) {
      const network = shipped.get(id)
      return network === undefined ? null : serve(tenant, network)
    },
  }
}
