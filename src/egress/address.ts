/**
 * Decides which addresses may be fetched: https on port 443 at a public-looking name.
 *
 * Only names are judged. A Worker can neither resolve nor pin an address, so a name that resolves to 10.0.0.1
 * passes. In production a Worker reaches no private network; locally the outbound service filters the
 * connected address.
 * @module
 */
import { type AddressRefusal, EgressError } from './egress-error.ts'

export interface AddressRules {
  /**
   * Hosts of this service: `host`, or `host:port` for a loopback address. A request to itself could spend its
   * own budget in a loop, or gain the trust that the platform gives to requests within a zone.
   */
  readonly ownHosts: readonly string[]
  /** Also take `http` on any port of this machine. */
  readonly loopback: boolean
}

/** An accepted address. With `loopback` it must be fetched through the loopback fetcher. */
export interface CheckedAddress {
  readonly url: URL
  readonly loopback: boolean
}

/**
 * Names that public DNS never delegates, so only a private resolver answers them: RFC 6761 (localhost, test,
 * invalid, example), RFC 6762 (local, and in appendix G intranet, internal, private, corp, home, lan), RFC
 * 7686 (onion), RFC 9476 (alt), ICANN's 2024 reservation (internal), common use (localdomain). `arpa` is
 * infrastructure and includes RFC 8375's `home.arpa`.
 */
const SPECIAL_SUFFIXES: ReadonlySet<string> = new Set(
  'localhost local localdomain internal intranet private corp home lan test invalid example onion alt arpa'.split(' '),
)

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Servers accept far less. The parser's time is quadratic in the length of a name. */
const LONGEST_ADDRESS = 4096
const MAX_NAME_LENGTH = 253
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

/**
 * Parses and judges one address. The WHATWG parser normalizes it first: `https://0x7f.1`,
 * `https://2130706433` and full-width digits all become 127.0.0.1. The fragment is dropped, and a single
 * trailing dot, which could hide a name.
 * @throws {EgressError} `address_refused`
 */
export function checkAddress(address: string | URL, rules: AddressRules): CheckedAddress {
  if (String(address).length > LONGEST_ADDRESS) throw refused('too_long', `an address may have ${LONGEST_ADDRESS} characters`)
  if (!URL.canParse(String(address))) throw refused('not_a_url', 'the address is not an absolute URL')
  const url = new URL(String(address))
  url.hash = ''
  if (url.username !== '' || url.password !== '') throw refused('credentials', 'an address must not hold a user name or password')
  if (rules.loopback && url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname)) {
    const own = rules.ownHosts.map(parseHost)
    // All loopback names are one machine, so the port alone identifies the listener.
    if (own.some(({ hostname, port }) => LOOPBACK_HOSTS.has(hostname) && port === url.port)) {
      throw refused('own_host', `${url.host} is this service itself`)
    }
    return { url, loopback: true }
  }
  if (url.protocol !== 'https:') throw refused('scheme', `addresses must be https, not ${url.protocol.slice(0, -1)}`)
  if (url.port !== '') throw refused('port', `only port 443 may be addressed, not ${url.port}`)
  const name = url.hostname.replace(/\.$/, '')
  checkName(name)
  if (rules.ownHosts.some((own) => parseHost(own).hostname === name)) throw refused('own_host', `${name} is this service itself`)
  url.hostname = name
  return { url, loopback: false }
}

function checkName(name: string): void {
  const labels = name.split('.')
  const last = labels.at(-1)!
  // The parser has turned every IPv4 spelling into four decimals. Other names that end in a number depend on
  // the resolver.
  if (name.startsWith('[') || /^(?:\d+|0x[\da-f]*)$/.test(last)) {
    throw refused('ip_literal', `${name} is an IP address; use a host name`)
  }
  if (name.length > MAX_NAME_LENGTH || !labels.every((label) => LABEL.test(label))) {
    throw refused('malformed_name', `${JSON.stringify(name)} is not a host name`)
  }
  if (SPECIAL_SUFFIXES.has(last)) throw refused('special_name', `${name} is not a public name`)
  if (labels.length === 1) throw refused('single_label', `${name} has no domain`)
}

/** @throws {TypeError} if `host` is not a host: a fault of the composition. */
function parseHost(host: string): URL {
  return new URL(`http://${host}`)
}

function refused(reason: AddressRefusal, detail: string): EgressError {
  return new EgressError({ code: 'address_refused', reason, detail: `address refused: ${detail}` })
}
