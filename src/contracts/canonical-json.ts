/**
 * RFC 8785 (JCS) canonical JSON, the input of every digest in Assay.
 * @module
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/**
 * Serialises a value with keys in UTF-16 code unit order and ECMAScript number formatting (RFC 8785, sections
 * 3.2.2 and 3.2.3). Members with value `undefined` are absent.
 * @throws {TypeError} for NaN, infinities, lone surrogates and values without a JSON form, which a digest
 *   must not hide
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw new TypeError('canonical JSON cannot hold a lone surrogate')
      return JSON.stringify(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`canonical JSON cannot hold ${value}`)
      return JSON.stringify(value)
    case 'object': {
      if (value === null) return 'null'
      // Array.from visits holes, which map skips.
      if (Array.isArray(value)) return `[${Array.from(value, canonicalJson).join(',')}]`
      const prototype = Object.getPrototypeOf(value) as object | null
      // The prototype of a plain object is null or has none itself. A Map, a Date or a vector would otherwise
      // look empty, or like an object of digits.
      if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
        throw new TypeError(`canonical JSON cannot hold a ${value.constructor.name}`)
      const record = value as Record<string, unknown>
      const members = Object.keys(record)
        .filter((key) => record[key] !== undefined)
        .toSorted()
        .map((key) => `${canonicalJson(key)}:${canonicalJson(record[key])}`)
      return `{${members.join(',')}}`
    }
    default:
      throw new TypeError(`canonical JSON cannot hold a ${typeof value}`)
  }
}
