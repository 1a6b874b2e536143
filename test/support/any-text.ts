/**
 * Texts of any code points, lone surrogates included, for property tests. The `binary` strings of fast-check
 * need a table of all code points, whose making takes 0.8 s of CPU per process.
 * @module
 */
import fc from 'fast-check'

const CODE_POINT = fc.oneof(
  { weight: 3, arbitrary: fc.nat(0x7f) },
  { weight: 2, arbitrary: fc.nat(0xffff) },
  { weight: 1, arbitrary: fc.nat(0x10ffff) },
)

export const anyText = (constraints: { readonly minLength?: number; readonly maxLength?: number } = {}): fc.Arbitrary<string> =>
  fc.array(CODE_POINT, constraints).map((points) => String.fromCodePoint(...points))
