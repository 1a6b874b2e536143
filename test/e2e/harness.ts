/**
 * The built Worker over real HTTP, which end-to-end tests start and may kill.
 * @module
 */
export { startAssay, type Assay } from '../../scripts/server-process.ts'
