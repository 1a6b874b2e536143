const view = new DataView(new ArrayBuffer(8))

/** The 16 hexadecimal digits of a Float64. */
export function bitsOf(value: number): string {
  view.setFloat64(0, value)
  return view.getBigUint64(0).toString(16).padStart(16, '0')
}

/** Number of Float64 between two finite numbers. */
export function ulpsBetween(a: number, b: number): number {
  return Math.abs(Number(ordinalOf(a) - ordinalOf(b)))
}

function ordinalOf(value: number): bigint {
  view.setFloat64(0, value)
  const bits = view.getBigInt64(0)
  return bits < 0n ? -(bits & 0x7fffffffffffffffn) : bits
}
