/**
 * The check of an address that an administrator configures, as a failure of the request that gives it.
 * @module
 */
import { invalidField } from '../contracts/failure.ts'
import { EgressError } from './egress-error.ts'
import type { Egress } from './egress.ts'

/** @throws {Fault} `invalid`, naming the field, for an address that egress would refuse. */
export function checkAddress(
  egress: Pick<Egress, 'check'>,
  address: string,
  purpose: 'endpoint' | 'webhook',
  pointer: string,
): void {
  try {
    egress.check(address, purpose)
  } catch (error) {
    throw error instanceof EgressError ? invalidField(pointer, error.message) : error
  }
}
