/**
 * Whether a function's time is proportional to its input, in CPU time: a busy machine is not a slow program.
 * @module
 */

/** Makes an input of about this many characters. */
export type InputOf = (characters: number) => unknown

export interface TimedCase {
  readonly name: string
  /** The function over text, with its own limit: an exception is a refusal in time, too. */
  readonly run: (input: never) => unknown
  readonly input: InputOf
}

const QUIET_MILLISECONDS = 12
/** Four times the input: linear time is 4, quadratic 16. */
const GROWTH = 4
const MOST_GROWTH = 10
/** Until the least of them is within the bounds: collections of garbage come at random. */
const REPEATS = 20

/**
 * A function is suspected at one pair of sizes and judged by the next: collections of garbage begin at some
 * size, and quadratic time goes on.
 * @returns a sentence about a function whose time grows faster than its input, or undefined
 */
export function superlinear({ name, run, input }: TimedCase, characters: number): string | undefined {
  const large = input(characters)
  const suspected = growth(run, input(Math.round(characters / GROWTH)), large)
  if (suspected === undefined) return undefined
  const larger = input(characters * GROWTH)
  if (!isRefused(run, larger) && growth(run, large, larger) === undefined) return undefined
  return `${name}: ${suspected}`
}

/** Undefined if the time grows as {@link GROWTH} does, or is short. */
function growth(run: TimedCase['run'], small: unknown, large: unknown): string | undefined {
  let least = cpuMilliseconds(run, large)
  // A fast result at the largest size needs no closer look.
  if (least < QUIET_MILLISECONDS) return undefined
  let before = Infinity
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    before = Math.min(before, cpuMilliseconds(run, small))
    least = Math.min(least, cpuMilliseconds(run, large))
    if (least < QUIET_MILLISECONDS || least < MOST_GROWTH * Math.max(before, 1)) return undefined
  }
  return `${before.toFixed(1)} ms, then ${least.toFixed(1)} ms for ${GROWTH} times as much`
}

/** Nothing follows from the time of a refusal about the time of an answer. */
function isRefused(run: TimedCase['run'], input: unknown): boolean {
  try {
    run(input as never)
    return false
  } catch {
    return true
  }
}

/** CPU time of this process for one call. */
function cpuMilliseconds(run: (input: never) => unknown, input: unknown): number {
  const started = process.cpuUsage()
  try {
    run(input as never)
  } catch {
    // Refused, which is an answer.
  }
  const { user, system } = process.cpuUsage(started)
  return (user + system) / 1000
}

/** Pieces that are hard for patterns and loops. */
const PIECES: readonly string[] = [
  'a A . , 1 \' " ` - _ & < > @ # $ % ( [ { } \\ / | : ; = ? ! * + ~ é Σ İ Ꭰ 的 ⛵ 👍'.split(' '),
  "a. A. 1, 1. ba' d'a- -- – &amp; &lt <!a <a b=\" a@, a@b. http://a. www.a. %0A {{ 0: DOT DOTMULTI. i.e. U.S.".split(' '),
  ['a ', 'ab ', 'a. ', '. ', "n't ", '<a b=c ', '{{ ', '; name="', 'dogs ', 'running ', ' ', ' \n', '\t', '\n', '\r', '\u00a0'],
  ['e\u0301\u0327', '\u0301', '\u180e', '\ufeff', '\u2028', '\ud800', '\u0000', '\u0007'],
].flat()

/** Repetitions of a piece, alone and with a different end. */
export const TEXTS: readonly (readonly [name: string, textOf: (characters: number) => string])[] = PIECES.flatMap((piece) =>
  ['', 'z', ' !'].map((end): readonly [string, (characters: number) => string] => [
    JSON.stringify(`${piece}…${end}`),
    (characters) => piece.repeat(Math.max(1, Math.floor((characters - end.length) / piece.length))) + end,
  ]),
)

/** One file of many short texts per text. */
export function manyOf(textOf: (characters: number) => string, file: (texts: readonly string[]) => unknown): InputOf {
  return (characters) => file(Array.from({ length: Math.round(characters / SHORT) }, () => textOf(SHORT)))
}

const SHORT = 24
