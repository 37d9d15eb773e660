/** Faces of the five levels, drawn: fonts of a kiosk may have none. All of one size and colour: no level is advised. */
const space = 'http://www.w3.org/2000/svg';

/** The mouth: from a wide smile (5) to its opposite (1). */
const mouths: Readonly<Record<number, string>> = {
  5: 'M28 58 Q50 88 72 58 Z',
  4: 'M30 62 Q50 80 70 62',
  3: 'M32 66 H68',
  2: 'M30 72 Q50 56 70 72',
  1: 'M28 76 Q50 46 72 76',
};

function part(name: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const element = document.createElementNS(space, name) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

export function face(level: number): SVGElement {
  const line = { fill: 'none', stroke: 'currentColor', 'stroke-width': '5', 'stroke-linecap': 'round' };
  const svg = part('svg', { viewBox: '0 0 100 100', 'aria-hidden': 'true', focusable: 'false' });
  svg.append(
    part('circle', { cx: '50', cy: '50', r: '46', ...line }),
    part('circle', { cx: '34', cy: '40', r: '5.5', fill: 'currentColor' }),
    part('circle', { cx: '66', cy: '40', r: '5.5', fill: 'currentColor' }),
    part('path', { d: mouths[level] || mouths[3] || '', ...line }),
  );
  return svg;
}
