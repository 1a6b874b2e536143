/**
 * Health and the document.
 * @module
 */
import { type Route, route } from '../../route.ts'
import { getDocument, getHealth } from './operations.ts'

/** @param document - returns `/openapi.json` */
export function serviceRoutes(document: () => object): Route[] {
  return [
    route(getHealth, ({ services, principal, answer }) =>
      answer(200, { status: 'ok', ...(principal?.role === 'admin' ? { memory: services.memory() } : {}) }),
    ),
    route(getDocument, ({ answer }) => answer(200, { ...document() })),
  ]
}
