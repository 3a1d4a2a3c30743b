import { seededRandom } from "@motte/core/random";
import type { ConformanceGroup } from "./runner.ts";
import { batchOf, openSession, put, readText } from "./session.ts";

const STEPS = 150;
const IDS = ["1", "2", "3"];

/** Reads and commits that overlap at random, checked against what each read may see. */
export const linearity: ConformanceGroup = ({ test, deepEqual }, withBackend) => {
  test(
    "a read sees what was committed before it began, or something newer, and never what was replaced",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      const random = seededRandom("linearity");
      const handedOver = new Map(IDS.map((id) => [id, 0]));
      const durable = new Map(IDS.map((id) => [id, 0]));
      const underWay: Promise<void>[] = [];
      const wrong: string[] = [];
      let number = 0;

      const commit = async (id: string): Promise<void> => {
        const mine = ++number;
        handedOver.set(id, mine);
        await session.commit(batchOf([put("t", id, String(mine))]));
        durable.set(id, Math.max(durable.get(id) ?? 0, mine));
      };
      const read = async (id: string): Promise<void> => {
        const least = durable.get(id) ?? 0;
        const [value] = await readText(session, "t", [id]);
        const seen = Number(value ?? 0);
        const most = handedOver.get(id) ?? 0;
        if (seen < least || seen > most) wrong.push(`${id}: ${least} <= ${seen} <= ${most}`);
      };

      for (let step = 0; step < STEPS; step++) {
        const id = IDS[Math.floor(random.next() * IDS.length)] ?? "1";
        underWay.push(random.next() < 0.5 ? commit(id) : read(id));
        if (random.next() < 0.2) await Promise.all(underWay.splice(0));
      }
      await Promise.all(underWay);
      for (const id of IDS) await read(id);

      deepEqual(wrong, []);
    }),
  );
};
