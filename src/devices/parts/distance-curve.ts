/** What a voltage means: volts, millimetres. */
export type CurvePoint = readonly [volts: number, millimetres: number];

/** What is wrong with a table of points; `undefined` for a good one. */
export function curveProblem(points: readonly CurvePoint[]): string | undefined {
  const sorted = byVolts(points);
  const steps = sorted.slice(1).map((point, index) => {
    const before = sorted[index] ?? point;
    return { volts: point[0] - before[0], millimetres: point[1] - before[1] };
  });
  if (steps.some(({ volts }) => volts === 0)) return 'each voltage once';
  const rises = steps.every(({ millimetres }) => millimetres > 0);
  const falls = steps.every(({ millimetres }) => millimetres < 0);
  return rises || falls ? undefined : 'millimetres that only rise, or only fall, as the voltage rises';
}

/** The distance that a voltage stands for, in a straight line between two points; `null` beyond the outer ones. */
export function millimetresAt(points: readonly CurvePoint[], volts: number): number | null {
  const sorted = byVolts(points);
  const above = sorted.findIndex(([at]) => at >= volts);
  const high = sorted[above];
  if (high === undefined) return null;
  if (high[0] === volts) return high[1];
  const low = sorted[above - 1];
  if (low === undefined) return null;
  return low[1] + ((volts - low[0]) / (high[0] - low[0])) * (high[1] - low[1]);
}

function byVolts(points: readonly CurvePoint[]): readonly CurvePoint[] {
  return [...points].sort(([a], [b]) => a - b);
}
