/** What the demo's controller process tells its parent besides its wires. */

/** How the name of the demo's temporary folder begins. */
export const demoFolderPrefix = 'hallward-demo-';

export type ControllerSays =
  | { readonly controller: 'started' }
  | { readonly controller: 'failed'; readonly code: string; readonly message: string }
  /** Events that the hub does not have yet. */
  | { readonly controller: 'keeps'; readonly events: number };

/** True for such a message; the wires' messages pass over the same channel. */
export function isControllerSays(message: unknown): message is ControllerSays {
  return typeof message === 'object' && typeof (message as ControllerSays | null)?.controller === 'string';
}
