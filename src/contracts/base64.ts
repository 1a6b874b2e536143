/**
 * Base64 (RFC 4648 section 4) of bytes.
 * @module
 */

export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  // fromCharCode takes its arguments on the stack.
  for (let start = 0; start < bytes.length; start += 8192) binary += String.fromCharCode(...bytes.subarray(start, start + 8192))
  return btoa(binary)
}

const engine = Uint8Array as { fromBase64?: (text: string) => Uint8Array }

/** @returns null when the text is not base64. */
export function fromBase64(text: string): Uint8Array | null {
  try {
    // Newer engines, workerd's among them, decode without two more copies; Node 22 does not.
    if (engine.fromBase64) return engine.fromBase64(text)
    const binary = atob(text)
    return Uint8Array.from(binary, (character) => character.charCodeAt(0))
  } catch {
    return null
  }
}
