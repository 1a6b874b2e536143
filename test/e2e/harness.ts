/**
 * What end-to-end tests start: the built Worker over real HTTP, which they may kill.
 * @module
 */
export { startAssay, type Assay } from '../../scripts/server-process.ts'
