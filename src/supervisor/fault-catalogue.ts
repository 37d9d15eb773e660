/** The fault catalogue: every code that this version can raise, from the declarations beside what raises them. */
import { busFaults } from '../devices/bus-faults.js';
import { deviceFaults } from '../devices/common-faults.js';
import type { FaultDeclaration } from '../devices/kind.js';
import { deviceKinds } from '../devices/registry.js';
import { controllerFaults } from './controller-faults.js';
import { hallFaults } from './hall-faults.js';

/** All fault declarations by code. */
export const faultCatalogue: ReadonlyMap<string, FaultDeclaration> = new Map(
  [
    ...busFaults,
    ...deviceFaults,
    ...deviceKinds.flatMap((kind) => kind.faults),
    ...controllerFaults,
    ...hallFaults,
  ].map((fault) => [fault.code, fault]),
);
