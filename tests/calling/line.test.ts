import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Line } from '../../src/calling/line.js';

test('a line keeps its order whoever joins and leaves', () => {
  const step = fc.oneof(
    fc.record({ add: fc.nat(1000) }),
    fc.record({ removeAt: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }) }),
    fc.constant({ removeAt: 0 }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
      const line = new Line();
      let model: { id: string; order: number }[] = [];
      for (const one of steps) {
        if ('add' in one) {
          const entry = { id: `t${one.add}`, order: one.add };
          if (model.some(({ id }) => id === entry.id)) continue;
          line.add(entry.id, entry.order);
          model = [...model, entry].sort((a, b) => a.order - b.order);
        } else {
          const gone = model[Math.floor(one.removeAt * model.length)];
          if (gone === undefined) continue;
          line.remove(gone.id);
          model = model.filter((entry) => entry !== gone);
        }
        expect([...line]).toStrictEqual(model);
        expect(line.first).toStrictEqual(model[0]);
        expect(line.size).toBe(model.length);
      }
    }),
  );
});
