/**
 * All routes of the API, in the order of the document.
 * @module
 */
import type { Route } from './route.ts'
import { chatRoutes } from './routes/chat/handlers.ts'
import { comparisonRoutes } from './routes/comparisons/handlers.ts'
import { datasetRoutes } from './routes/datasets/handlers.ts'
import { embeddingRoutes } from './routes/embeddings/handlers.ts'
import { endpointRoutes } from './routes/endpoints/handlers.ts'
import { evalRoutes } from './routes/evals/handlers.ts'
import { exportRoutes } from './routes/exports/handlers.ts'
import { fileRoutes } from './routes/files/handlers.ts'
import { graderRoutes } from './routes/graders/handlers.ts'
import { hookRoutes } from './routes/hooks/handlers.ts'
import { imageRoutes } from './routes/images/handlers.ts'
import { keyRoutes } from './routes/keys/handlers.ts'
import { leaderboardRoutes } from './routes/leaderboards/handlers.ts'
import { manifestRoutes } from './routes/manifests/handlers.ts'
import { modelRoutes } from './routes/models/handlers.ts'
import { reportRoutes } from './routes/reports/handlers.ts'
import { ledgerRoutes } from './routes/runs/ledger-handlers.ts'
import { runEventRoutes } from './routes/run-events/handlers.ts'
import { runRoutes } from './routes/runs/handlers.ts'
import { outputItemRoutes } from './routes/runs/output-item-handlers.ts'
import { scoreRoutes } from './routes/score/handlers.ts'
import { submissionRoutes } from './routes/submissions/handlers.ts'
import { triggerRoutes } from './routes/triggers/handlers.ts'
import { uploadRoutes } from './routes/uploads/handlers.ts'
import { webhookEndpointRoutes } from './routes/webhook-endpoints/handlers.ts'

export const ROUTES: readonly Route[] = [
  ...scoreRoutes,
  ...modelRoutes,
  ...embeddingRoutes,
  ...chatRoutes,
  ...datasetRoutes,
  ...imageRoutes,
  ...fileRoutes,
  ...uploadRoutes,
  ...evalRoutes,
  ...graderRoutes,
  ...runRoutes,
  ...ledgerRoutes,
  ...runEventRoutes,
  ...exportRoutes,
  ...outputItemRoutes,
  ...reportRoutes,
  ...manifestRoutes,
  ...comparisonRoutes,
  ...leaderboardRoutes,
  ...endpointRoutes,
  ...submissionRoutes,
  ...webhookEndpointRoutes,
  ...triggerRoutes,
  ...hookRoutes,
  ...keyRoutes,
]
