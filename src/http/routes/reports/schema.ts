/**
 * The wire shape of a report.
 * @module
 */
import type { z } from '@hono/zod-openapi'
import { report } from '../../../contracts/report.ts'

/** The schema of `contracts/report.ts` under its name in the document. */
export const reportDocument: typeof report = report.openapi('Report')

export type ReportDocument = z.infer<typeof reportDocument>
