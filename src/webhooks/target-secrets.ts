/**
 * The secrets that sign the events of a webhook target.
 * @module
 */
import type { Sealer } from '../contracts/catalogue-ports.ts'
import type { WebhookTarget } from '../contracts/records.ts'

/** The current secret, and the former one until a rotation is over. */
export async function secretsOf(
  sealer: Pick<Sealer, 'open'>,
  { id, sealedSecret, former }: Pick<WebhookTarget, 'id' | 'sealedSecret' | 'former'>,
  now: number,
): Promise<string[]> {
  const sealed = [sealedSecret, ...(former !== null && former.until > now ? [former.sealedSecret] : [])]
  return Promise.all(sealed.map((one) => sealer.open(one, `webhook_endpoint:${id}`)))
}
