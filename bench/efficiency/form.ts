/**
 * One form of a network, as `assay_fusion.efficiency` writes it to `forms.json`.
 * @module
 */

export interface Form {
  readonly name: string
  /** Files beside `forms.json`: its graph, and inputs with native outputs. */
  readonly file: string
  readonly inputs: string
  readonly bytes: number
  /** Numbers that its network has in fp32. */
  readonly weights: number
  /** For one picture and one text. */
  readonly multiply_adds: number
  readonly native_ms: number
  /** Shares from 0 to 1, with Wilson's 95 % interval. */
  readonly tests: Readonly<
    Record<string, { readonly accuracy: number; readonly low: number; readonly high: number; readonly n: number }>
  >
}

export interface Measured extends Form {
  readonly webassembly_ms: number
  /** Growth of the runtime's memory in bytes. */
  readonly memory: number
  /** Share of the inputs with the native answer. */
  readonly same: number
}
