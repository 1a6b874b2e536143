/**
 * Worker secrets that an endpoint may send as its bearer token. `npm start` takes them from its environment.
 *
 * Secrets belong to the tenant that deployed the Worker. Otherwise another tenant's administrator could send
 * them to an address of their own.
 * @module
 */
import type { EndpointRecord } from '../../contracts/records.ts'
import { Fault, unprocessableField } from '../../contracts/failure.ts'

/** Prefix of the Worker secrets that an endpoint may name, so that no other binding can be sent anywhere. */
const SECRET_PREFIX = 'ENDPOINT_SECRET_'

export interface EndpointSecrets {
  /** @throws {Fault} if an endpoint of this tenant may not send this secret, or it is not set */
  check(tenant: string, name: string, pointer: string): void
  /**
   * The value for a stored endpoint; undefined if it names no secret.
   * @throws {Error} if the secret is not set: an infrastructure fault, not the samples'
   */
  open(tenant: string, endpoint: Pick<EndpointRecord, 'name' | 'secretName'>): string | undefined
}

/**
 * @param owner - tenant that owns the secrets
 * @param binding - returns a binding of the Worker by name
 */
export function createEndpointSecrets(owner: string, binding: (name: string) => unknown): EndpointSecrets {
  const valueOf = (name: string): string | undefined => {
    const value = name.startsWith(SECRET_PREFIX) ? binding(name) : undefined
    return typeof value === 'string' ? value : undefined
  }
  return {
    check(tenant, name, pointer) {
      if (tenant !== owner)
        throw new Fault({ kind: 'forbidden', detail: 'Worker secrets are the first tenant’s: leave secret_name out' })
      if (valueOf(name) === undefined)
        throw unprocessableField(
          pointer,
          `there is no secret ${name}; set it first: wrangler secret put ${name}, or locally ${name}=… npm start`,
        )
    },
    open(tenant, { name, secretName }) {
      if (secretName === null) return undefined
      const value = tenant === owner ? valueOf(secretName) : undefined
      if (value === undefined) throw new Error(`endpoint ${name} names the Worker secret ${secretName}, which is not set`)
      return value
    },
  }
}
