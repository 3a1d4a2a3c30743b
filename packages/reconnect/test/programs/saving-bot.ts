// Saves states of different lengths without a pause, until somebody kills it.
import { fileStateStore } from "@motte/reconnect";

const [path = ""] = process.argv.slice(2);
const store = fileStateStore(path);
for (let round = 0; ; round++) {
  await store.save({ round, filling: "x".repeat((round % 7) * 10_000) });
  if (round === 3) process.stdout.write("saves\n");
}
