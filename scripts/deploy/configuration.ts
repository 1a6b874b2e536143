/**
 * The configuration that a deployment is made with: `wrangler.toml` with the ids and names of this
 * deployment, written beside the other state of this machine. `wrangler.toml` itself stays as it is.
 * @module
 */
import { dirname, join, resolve } from 'node:path'
import type { Unstable_RawConfig } from 'wrangler'
import { WRANGLER_CONFIG } from '../paths.ts'
import { limitNamespace, type Names, renaming } from './names.ts'
import type { Resources } from './resources.ts'

export interface ConfigurationParts {
  readonly names: Names
  readonly resources: Resources
  /** Hosts that the Worker answers on, as far as they are known. */
  readonly hosts: readonly string[]
  /** A custom domain. */
  readonly domain: string | undefined
  /** Service names of the Workers for single towers. */
  readonly towers: { readonly vision: string; readonly text: string } | undefined
}

/** Paths become absolute, since the result lies in another folder. */
export function configurationOf(written: Unstable_RawConfig, parts: ConfigurationParts): Unstable_RawConfig {
  const { names, resources, hosts, domain, towers } = parts
  const here = (path: string): string => resolve(dirname(WRANGLER_CONFIG), path)
  const own = renaming(written, names.worker)
  const limit = limitNamespace(written, names.worker)
  const { producers = [], consumers = [] } = written.queues ?? {}
  return {
    ...written,
    name: names.worker,
    main: here(written.main!),
    ...(written.assets && { assets: { ...written.assets, directory: here(written.assets.directory ?? '.') } }),
    d1_databases: written.d1_databases!.map((database) => ({
      ...database,
      database_name: names.database,
      database_id: resources.databaseId,
      migrations_dir: here(database.migrations_dir!),
    })),
    kv_namespaces: written.kv_namespaces!.map((namespace) => ({ ...namespace, id: resources.namespaceId })),
    r2_buckets: written.r2_buckets!.map((bucket) => ({ ...bucket, bucket_name: names.bucket })),
    queues: {
      producers: producers.map((producer) => ({ ...producer, queue: own(producer.queue!) })),
      consumers: consumers.map(({ dead_letter_queue: dead, ...consumer }) => ({
        ...consumer,
        queue: own(consumer.queue!),
        ...(dead && { dead_letter_queue: own(dead) }),
      })),
    },
    ratelimits: (written.ratelimits ?? []).map((one) => ({ ...one, namespace_id: limit(one.namespace_id) })),
    ...(domain !== undefined && { routes: [...(written.routes ?? []), { pattern: domain, custom_domain: true }] }),
    ...(towers && {
      services: [
        ...(written.services ?? []),
        { binding: 'VISION_TOWER', service: towers.vision },
        { binding: 'TEXT_TOWER', service: towers.text },
      ],
    }),
    vars: { ...written.vars, OWN_HOSTS: hosts.join(',') },
  }
}

/** The Worker that runs single towers, with the bucket of this deployment. */
export function towerConfigurationOf(written: Unstable_RawConfig, folder: string, bucket: string): Unstable_RawConfig {
  return {
    ...written,
    main: join(folder, written.main!),
    r2_buckets: written.r2_buckets!.map((one) => ({ ...one, bucket_name: bucket })),
  }
}
