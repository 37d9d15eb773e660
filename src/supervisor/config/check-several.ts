/** Checks what a configuration says of the other controllers of its hall. */

import { isMapping } from '../../kernel/json.js';
import { type Problem, pathOf } from './problems.js';

/** Names of controllers that contradict each other, or need a broker that is not there. */
export function checkSeveral(document: Readonly<Record<string, unknown>>, problems: Problem[]): void {
  const { controller, leader, hub, calling } = document;
  const hands = isMapping(calling) ? calling.hands : undefined;
  const standbyFor = isMapping(calling) ? calling.standbyFor : undefined;
  const problem = (path: string, message: string) => problems.push({ path, message });
  const leaders = leader === undefined ? [] : Array.isArray(leader) ? leader : [leader];
  const handsPath = pathOf('calling', 'hands');
  const standbyPath = pathOf('calling', 'standbyFor');
  checkNames(handsPath, Array.isArray(hands) ? hands : [], controller, problem);
  if (Array.isArray(leader)) checkNames('leader', leaders, undefined, problem);
  if (leaders.length === 1 && leaders[0] === controller) {
    problem('leader', `"${String(controller)}" is this controller; name the one that leads it`);
  }
  if (standbyFor !== undefined && standbyFor === controller) {
    problem(standbyPath, `"${String(standbyFor)}" is this controller; name the one that it stands by for`);
  } else if (standbyFor !== undefined && !leaders.includes(standbyFor)) {
    problem(standbyPath, `until it takes over it is a hand: add leader: ${String(standbyFor)}`);
  }
  if (leaders.length > 0 && isMapping(calling) && standbyFor === undefined) {
    problem(
      'leader',
      'with a calling section this controller leads itself: take one of them out, or add calling.standbyFor',
    );
  }
  if (hub !== undefined) return;
  const message = 'the controllers of a hall talk over a broker: add hub: { url: … }';
  if (leaders.length > 0) problem('leader', message);
  else if (Array.isArray(hands) && hands.length > 0) problem(handsPath, message);
}

function checkNames(
  path: string,
  names: readonly unknown[],
  own: unknown,
  problem: (path: string, message: string) => void,
): void {
  for (const [index, name] of names.entries()) {
    if (name === own) problem(pathOf(path, index), `"${String(name)}" is this controller; name only others`);
    else if (names.indexOf(name) !== index) problem(pathOf(path, index), `"${String(name)}" is named twice`);
  }
}
