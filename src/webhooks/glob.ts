/**
 * Patterns for branches and paths, as GitHub writes them.
 * @module
 */

/**
 * Whether a whole text has the form of a pattern: `*` stands for any characters but `/`, `**` for any
 * characters, `?` for one character but `/`. Takes at most |pattern| · |text| steps.
 * @example
 * matchesGlob('weights/**', 'weights/clip/vision.onnx') // true
 * matchesGlob('release/*', 'release/1/2') // false
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const parts = partsOf(pattern)
  // reached[i] is 1 if the first i parts match the text read so far. One array of numbers, since a delivery
  // of 1 MiB may have sixteen patterns to be compared with.
  const reached = new Uint8Array(parts.length + 1)
  reached[0] = 1
  skipStars(parts, reached)
  for (const character of text) {
    step(parts, reached, character.codePointAt(0)!)
    if (skipStars(parts, reached) === 0) return false
  }
  return reached[parts.length] === 1
}

const SLASH = 47
/** Parts that are not characters, below all of them. */
const WITHIN = -1
const ACROSS = -2
const ANY_ONE = -3
const WILD: Readonly<Record<string, number>> = { '*': WITHIN, '**': ACROSS, '?': ANY_ONE }

/** Reads one character. From the end, so that each part sees what was reached before it. */
function step(parts: Int32Array, reached: Uint8Array, character: number): void {
  reached[parts.length] = 0
  for (let index = parts.length - 1; index >= 0; index--) {
    if (reached[index] === 0) continue
    const part = parts[index]!
    if (part === ACROSS || (part === WITHIN && character !== SLASH)) continue
    reached[index] = 0
    if (part === character || (part === ANY_ONE && character !== SLASH)) reached[index + 1] = 1
  }
}

/** Stars may stand for nothing. @returns how many beginnings of the pattern match */
function skipStars(parts: Int32Array, reached: Uint8Array): number {
  let count = 0
  for (let index = 0; index < reached.length; index++) {
    if (reached[index] === 0) continue
    count++
    const part = parts[index]
    if (part === WITHIN || part === ACROSS) reached[index + 1] = 1
  }
  return count
}

const partsOf = (pattern: string): Int32Array =>
  Int32Array.from(pattern.match(/\*\*|[^]/gu) ?? [], (part) => WILD[part] ?? part.codePointAt(0)!)
