/**
 * Members of a tar archive (POSIX.1-1988 ustar): a header of 512 bytes, the content, zeros to the next 512.
 * @module
 */
const BLOCK = 512

/** End of an archive. */
export const tarEnd: Uint8Array<ArrayBuffer> = new Uint8Array(2 * BLOCK)

export const tarPadding = (bytes: number): Uint8Array<ArrayBuffer> => new Uint8Array((BLOCK - (bytes % BLOCK)) % BLOCK)

/** Longest name that a header holds itself. */
const NAME_BYTES = 100

/**
 * The header of a file, after a pax header (POSIX.1-2001) for a name that is long or not ASCII.
 * @param bytes - below 8 GiB
 */
export function tarHeader(name: string, bytes: number): Uint8Array<ArrayBuffer> {
  if (name.length <= NAME_BYTES && /^[\x20-\x7e]*$/.test(name)) return block(name, bytes, '0')
  const record = paxRecord('path', name)
  const parts = [block('pax', record.length, 'x'), record, tarPadding(record.length), block('long-name', bytes, '0')]
  return new Uint8Array(Buffer.concat(parts))
}

/** `length key=value\n`, whose length counts its own digits. */
function paxRecord(key: string, value: string): Uint8Array<ArrayBuffer> {
  const rest = new TextEncoder().encode(` ${key}=${value}\n`)
  let length = rest.length
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return new Uint8Array(Buffer.concat([new TextEncoder().encode(String(length)), rest]))
}

function block(name: string, bytes: number, type: '0' | 'x'): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(BLOCK)
  const write = (at: number, text: string): void => header.set(new TextEncoder().encode(text), at)
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0')
  write(0, name)
  write(100, `${octal(0o644, 7)}\0`)
  write(108, `${octal(0, 7)}\0${octal(0, 7)}\0`)
  write(124, `${octal(bytes, 11)}\0`)
  write(136, `${octal(0, 11)}\0`)
  write(148, ' '.repeat(8))
  write(156, type)
  write(257, 'ustar\u000000')
  write(
    148,
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0 `,
  )
  return header
}
