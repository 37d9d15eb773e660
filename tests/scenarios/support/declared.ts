/** Whether what a controller said, and was told, is as the AsyncAPI document has it. */
import { asyncApiDocument } from '../../../src/protocols/hub/asyncapi.js';
import { AsyncApiChecker } from '../../protocols/support/asyncapi-checker.js';
import type { Watcher } from './watcher.js';

/** What is wrong with the messages that a watcher saw; nothing where all are as declared. */
export function undeclared({ messages }: Watcher): string[] {
  const checker = new AsyncApiChecker(JSON.parse(JSON.stringify(asyncApiDocument())));
  return messages.flatMap((message) => checker.problems(message));
}
