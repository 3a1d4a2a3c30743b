import { AREAS } from "../areas.ts";
import { type AreaCall, runArea } from "./run-area.ts";

process.once("message", (call: AreaCall) => {
  void answer(call);
});

// Whoever asked is gone.
process.once("disconnect", () => process.exit(1));

async function answer(call: AreaCall): Promise<void> {
  const area = AREAS.find(({ name }) => name === call.name);
  if (area === undefined) throw new Error(`There is no area ${call.name}`);
  const result = await runArea(area, call);
  // Baileys leaves timers behind.
  process.send?.(result, () => process.exit());
}
