/**
 * Parts of a trigger that decide which deliveries start a run, and where its verdict is sent.
 * @module
 */
import { z } from 'zod'
import { displayName } from './display-name.ts'

const names = (most: number) => z.array(z.string().min(1).max(128)).min(1).max(most)

/** Patterns as GitHub writes them: `*` within a segment, `**` across segments, `?` one character. */
const patterns = names(16)

export const triggerFilter = z
  .strictObject({
    events: names(16)
      .optional()
      .describe(
        'Kinds of events: `X-GitHub-Event` for `github`, the member `type` for `standard_webhooks`. GitHub does not sign its header.',
      ),
    actions: names(16).optional().describe('Values of the member `action`, e.g. `opened`.'),
    branches: patterns
      .optional()
      .describe('Patterns for the branch: of a push, or the base of a pull request. Tags and deleted branches have none.'),
    paths: patterns.optional().describe('Patterns for files that the commits of a push add, modify or remove; one is enough.'),
  })
  .refine((filter) => Object.values(filter).some((value) => value !== undefined), 'needs at least one condition')
  .meta({ minProperties: 1 })
  .describe('Conditions that must all hold. Other deliveries are answered and start nothing.')

/** A commit status as GitHub, Gitea and Forgejo take it. Texts may have placeholders, `{{payload.…}}`. */
export const commitStatus = z
  .strictObject({
    repository: z.string().min(3).max(256).describe('`owner/name`, e.g. `{{payload.repository.full_name}}`.'),
    sha: z.string().min(1).max(256).describe('The commit, e.g. `{{payload.after}}`.'),
    context: displayName(128).min(1).default('assay').describe('Name of the status.'),
    secret_name: z
      .string()
      .regex(/^ENDPOINT_SECRET_[A-Z0-9_]{1,48}$/, 'must look like ENDPOINT_SECRET_NAME')
      .describe('The Worker secret with a token that may write commit statuses.'),
    api_url: z
      .url()
      .max(2048)
      .refine((url) => !/[?#]/.test(url), 'must have neither a query nor a fragment: the path of the commit is appended')
      .default('https://api.github.com')
      .describe('Base of the API; Gitea has `https://…/api/v1`.'),
    target_url: z.url().max(2048).optional().describe('A page that the status links to.'),
  })
  .describe('The commit that gets the state of the run: pending, then success or failure by its gate.')

export type TriggerFilter = z.infer<typeof triggerFilter>
export type CommitStatus = z.infer<typeof commitStatus>
