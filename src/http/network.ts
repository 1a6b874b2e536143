/**
 * The network of a request, at the granularity of the rate limiters.
 * @module
 */

/** Characters of an IPv6 address that ends in an IPv4 one. */
const LONGEST_ADDRESS = 45

/**
 * An IPv4 address unchanged; for an IPv6 address its first 64 bits, as `a:b:c:d::/64`, since one host has all
 * addresses of such a network (RFC 6177, RFC 7421). Anything else unchanged.
 */
export function networkOf(address: string): string {
  // No address is longer. Other text is returned unchanged.
  if (!address.includes(':') || address.length > LONGEST_ADDRESS) return address
  const mapped = /^(?:0*:)*:?(?:0*:)*ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  // `::` stands for the zeros missing from eight groups.
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length)
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...after]
  return `${all
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
