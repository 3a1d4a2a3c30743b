import { BaseSequencer, type TestSpecification } from "vitest/node";

// Short files, and so the last ones by size, whose tests do little but wait until a client gives up.
const WAITS = /\/test\/integration\/(?:chaos|disconnects|faults)\//;

/** Vitest's order, but files that mostly wait stand between files that mostly compute, and not all together at the end. */
export class MixedOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is Vitest's own, and makes a new list.
    const sorted = await super.sort(files);
    const waiting = sorted.filter(({ moduleId }) => WAITS.test(moduleId));
    const project = waiting[0]?.project;
    const computing = sorted.filter((file) => file.project === project && !waiting.includes(file));
    const mixed = spread(waiting, computing);
    const first = sorted.findIndex((file) => file.project === project);
    const others = sorted.filter((file) => file.project !== project);
    return project === undefined ? sorted : others.toSpliced(first, 0, ...mixed);
  }
}

/** Puts `some` between `many`, at equal distances from the beginning on. */
function spread<T>(some: readonly T[], many: readonly T[]): T[] {
  const distance = Math.max(1, Math.floor(many.length / Math.max(1, some.length)));
  const left = [...some];
  const mixed = many.flatMap((each, index) =>
    index % distance === 0 ? [...left.splice(0, 1), each] : [each],
  );
  return [...mixed, ...left];
}
