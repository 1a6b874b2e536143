/**
 * What end-to-end tests start: the built Worker over real HTTP, which they may kill.
 * @module
 */
export { startAssay, type Assay, type AssayOptions } from '../../scripts/server-process.ts'
