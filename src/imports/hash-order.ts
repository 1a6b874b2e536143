/**
 * The order in which a version's items are stored.
 * @module
 */
import { sha256, toHex } from '../contracts/digest.ts'

/**
 * SHA-256(dataset digest ‖ item id). Items ascend by it, so every prefix of a version is a pseudo-random
 * sample.
 */
export async function orderKey(digest: string, id: string): Promise<string> {
  return toHex(await sha256(digest + id))
}
