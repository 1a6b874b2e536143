/**
 * UTF-8 of short texts. `TextEncoder` leaves JavaScript and allocates a buffer per call, which costs more
 * than the work for a word or a character. Use `TextEncoder` for whole documents.
 * @module
 */

/** The bytes of `TextEncoder`: a lone surrogate counts as U+FFFD. */
export function utf8(text: string): number[] {
  const bytes: number[] = []
  for (let at = 0; at < text.length; at++) {
    let code = text.charCodeAt(at)
    if (code < 0x80) {
      bytes.push(code)
      continue
    }
    if (code >= 0xd800 && code < 0xe000) {
      code = text.codePointAt(at)!
      if (code > 0xffff) at++
      else code = 0xfffd
    }
    if (code < 0x800) bytes.push(0xc0 | (code >> 6))
    else {
      if (code < 0x10000) bytes.push(0xe0 | (code >> 12))
      else bytes.push(0xf0 | (code >> 18), continuation(code >> 12))
      bytes.push(continuation(code >> 6))
    }
    bytes.push(continuation(code))
  }
  return bytes
}

function continuation(code: number): number {
  return 0x80 | (code & 0x3f)
}
