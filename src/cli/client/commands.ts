/**
 * Commands that talk to a running Assay.
 * @module
 */
import type { Leaf } from '../dispatch.ts'
import { EXAMPLE } from '../example.ts'
import { type ClientCommand, type ClientIo, clientLeaf } from './command.ts'
import { evalCommand } from './eval.ts'
import { fromOpenAICommand } from './from-openai.ts'
import { otherVerbs } from './other-verbs.ts'
import { runVerbs } from './run-verbs.ts'

const COMMANDS: Readonly<Record<string, ClientCommand>> = {
  eval: evalCommand,
  'from-openai': fromOpenAICommand,
  ...runVerbs,
  ...otherVerbs,
}

export const CLIENT_COMMANDS: Readonly<Record<string, Leaf<ClientIo>>> = Object.fromEntries(
  Object.entries(COMMANDS).map(([name, command]) => [
    name,
    clientLeaf({ ...command, examples: command.examples.map((line) => `${EXAMPLE} ${line}`) }),
  ]),
)
