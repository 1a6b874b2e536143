/**
 * Turns that never wait.
 * @module
 */
import type { Turns } from '../../src/models/edge/turns.ts'

export const noTurns: Turns = { enter: async () => ({ leave: () => undefined }), inside: () => [] }
