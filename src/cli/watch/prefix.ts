import type { HallView, Place } from './hall-view.js';

/** What stands before a name so that it is told from the same name elsewhere: nothing where there is only one place. */
export function prefixOf({ controllers }: Pick<HallView, 'controllers'>): (place: Place) => string {
  const halls = new Set(controllers.map(({ hall }) => hall));
  if (halls.size > 1) return fullPrefix;
  return controllers.length > 1 ? ({ controller }) => `${controller}/` : () => '';
}

/** `jinshan/row-a/`. */
export function fullPrefix({ hall, controller }: Place): string {
  return `${hall}/${controller}/`;
}
