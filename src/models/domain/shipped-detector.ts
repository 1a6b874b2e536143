/**
 * The detector with its parameters.
 * @module
 */
import parameters from './parameters.json' with { type: 'json' }
import { createDetector, type Detector } from './detector.ts'

export const shippedDetector: Detector = createDetector(parameters)
