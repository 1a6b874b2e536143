/**
 * Runs before each test file in workerd: applies the schema. Applied migrations are skipped; `reset()`
 * between tests drops the tables, so a test that calls it applies them again with {@link migrate}.
 * @module
 */
/// <reference types="@cloudflare/vitest-plugin/types" />
import { applyD1Migrations, type D1Migration } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll } from 'vitest'
import type { Env } from '../../src/env.ts'

/** The Worker's bindings, as a test sees them. */
export const testEnv = env as unknown as Env & {
  readonly TEST_MIGRATIONS: D1Migration[]
  /** Deliveries per queue in wrangler.toml before a message becomes a dead letter. */
  readonly TEST_DELIVERIES: Readonly<Record<string, number>>
}

export async function migrate(): Promise<void> {
  await applyD1Migrations(testEnv.DB, testEnv.TEST_MIGRATIONS)
}

beforeAll(migrate)
