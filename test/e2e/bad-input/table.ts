/**
 * All cases, made and by hand.
 * @module
 */
import type { Case } from './case.ts'
import { datasetsByReferenceCases } from './cases/datasets-by-reference.ts'
import { datasetsCases } from './cases/datasets.ts'
import { endpointsCases } from './cases/endpoints.ts'
import { evalsCases } from './cases/evals.ts'
import { filesCases } from './cases/files.ts'
import { keysCases } from './cases/keys.ts'
import { modelsCases } from './cases/models.ts'
import { publishedCases } from './cases/published.ts'
import { runStartCases } from './cases/run-start.ts'
import { runsCases } from './cases/runs.ts'
import { scoreCases } from './cases/score.ts'
import { webhooksCases } from './cases/webhooks.ts'
import { OPERATIONS } from './operations.ts'
import { pictureCases } from './pictures.ts'
import { promisedCases } from './promised.ts'
import type { World } from './world.ts'

export const allCases = (world: World): Case[] => [
  ...OPERATIONS.flatMap((operation) => promisedCases(world, operation)),
  ...pictureCases(),
  ...[
    scoreCases,
    filesCases,
    datasetsByReferenceCases,
    datasetsCases,
    evalsCases,
    runStartCases,
    runsCases,
    publishedCases,
    endpointsCases,
    modelsCases,
    webhooksCases,
    keysCases,
  ].flatMap((cases) => cases(world)),
]
