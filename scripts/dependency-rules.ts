/**
 * Rules of `dependency-cruiser` for the imports of the whole repository; `npm run check` runs them.
 *
 * The arrows between the rooms of `src/` come from the table in `scripts/rooms.ts`. Types count: a known
 * shape is knowledge.
 * @module
 */
import type { IConfiguration, IRegularForbiddenRuleType } from 'dependency-cruiser'
import { DOORS, ROOMS, type Room } from './rooms.ts'

const anyOf = (names: readonly string[]): string => `(${names.map((name) => name.replaceAll(/[.\\/]/g, '\\$&')).join('|')})`
const listed = (names: readonly string[]): string => (names.length === 0 ? 'nothing' : names.join(', '))

const DOOR = `^src/${anyOf(DOORS)}$`
const ROOM = `^src/${anyOf(Object.keys(ROOMS))}/`

function forbid(
  name: string,
  comment: string,
  from: IRegularForbiddenRuleType['from'],
  to: IRegularForbiddenRuleType['to'],
): IRegularForbiddenRuleType {
  return { name, comment, severity: 'error', from, to }
}

function rulesOf(name: string, { knows, packages, pure }: Room): IRegularForbiddenRuleType[] {
  const from = { path: `^src/${name}/` }
  const purity = `${name}/ is pure: no node: and no cloudflare: module`
  return [
    forbid(`${name}-knows`, `${name}/ may import these rooms: ${listed(knows)}`, from, {
      path: ROOM,
      pathNot: `^src/${anyOf([name, ...knows])}/`,
    }),
    forbid(`${name}-packages`, `${name}/ may import these packages: ${listed(packages)}`, from, {
      dependencyTypesNot: ['local', 'core', 'unknown'],
      ...(packages.length > 0 && { pathNot: `^node_modules/${anyOf(packages)}/` }),
    }),
    ...(pure
      ? [
          forbid(`${name}-is-pure`, purity, from, { dependencyTypes: ['core'] }),
          forbid(`${name}-is-pure-of-the-platform`, purity, from, { path: '^(node|cloudflare):' }),
        ]
      : []),
  ]
}

export const CONFIGURATION: IConfiguration = {
  forbidden: [
    forbid(
      'no-circles',
      'Two files that import each other are one idea: merge them, or move what both need into a third',
      {},
      { circular: true },
    ),
    forbid('resolves', 'The imported file does not exist', {}, { couldNotResolve: true, pathNot: '^cloudflare:' }),
    ...Object.entries(ROOMS).flatMap(([name, room]) => rulesOf(name, room)),
    forbid(
      'every-file-has-a-room',
      'Put the file into a room of docs/architecture.md, or add the room to scripts/rooms.ts',
      { path: '^src/', pathNot: [ROOM, DOOR] },
      {},
    ),
    forbid('doors-are-not-imported', 'Only the doors may import the doors', { path: '^src/', pathNot: DOOR }, { path: DOOR }),
    forbid(
      'src-is-closed',
      'Deployed code imports nothing outside src/; models/ alone bundles the files of models, code-version.ts the version',
      { path: '^src/', pathNot: '^src/(models/|contracts/code-version.ts$)' },
      { dependencyTypes: ['local'], pathNot: '^src/' },
    ),
    forbid(
      'models-bundles-models',
      'src/models/ may import files of models/, and nothing else outside src/',
      { path: '^src/models/' },
      { dependencyTypes: ['local'], pathNot: '^(src|models)/' },
    ),
    forbid(
      'src-needs-dependencies',
      'A package that src/ imports belongs to "dependencies" of package.json',
      { path: '^src/' },
      { dependencyTypes: ['npm-dev', 'npm-optional', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'scripts-import-no-tests',
      'A script runs without the tests; bench/ may use test/support',
      { path: '^scripts/' },
      { path: '^(test|bench)/' },
    ),
    {
      name: 'unit-tests-are-pure',
      comment: 'Unit tests run on every save: a test over SQLite or a socket belongs to test/integration',
      severity: 'error',
      from: { path: '^test/unit/' },
      to: { path: '^(node:)?(sqlite|https?|net)$', reachable: true },
    },
    forbid(
      'unit-tests-start-no-process',
      'Unit tests run on every save: a test that starts a process belongs to test/integration',
      { path: '^test/unit/' },
      { path: '^(node:)?child_process$' },
    ),
    forbid(
      'no-test-is-imported',
      'Move what two tests share into test/support or a file beside them',
      {},
      { path: '\\.test\\.ts$' },
    ),
  ],
  options: {
    // TypeScript 7 has no interface for tools yet. swc reads the same imports, types included.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules'] },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'workerd', 'node', 'types', 'default'],
    },
    skipAnalysisNotInRules: true,
  },
}
