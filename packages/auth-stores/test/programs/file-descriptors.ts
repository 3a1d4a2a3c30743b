// Stores and reads more records than it may have files open, then tries it with no file left to open.
import { closeSync, openSync } from "node:fs";
import { useFileAuthState } from "@motte/auth-stores";
import { MotteError } from "@motte/core/errors";

const [folder = ""] = process.argv.slice(2);
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const ids = Array.from({ length: 812 }, (_, index) => `${index + 1}`);
const codeOf = (error: unknown): string =>
  error instanceof MotteError ? error.code : String(error);
const lists = Object.fromEntries(ids.map((id) => [id, [id]]));

const first = await useFileAuthState(folder);
await first.state.keys.set({ "device-list": lists });
await first.close();

// Without memory for records, so that every read goes to the files.
const { state, close } = await useFileAuthState(folder, { create: "never", cacheBytes: 0 });
const count = async (): Promise<string> => {
  const found = await state.keys.get("device-list", ids);
  return `${ids.filter((id) => found[id]?.[0] === id).length} found`;
};
print(await count().catch(codeOf));

const open: number[] = [];
try {
  for (;;) open.push(openSync(process.execPath, "r"));
} catch (error) {
  print(
    `${open.length > 50 ? "many" : "few"} files opened, then ${Reflect.get(Object(error), "code")}`,
  );
}
print(await count().catch(codeOf));
print(
  await Promise.resolve(state.keys.set({ "device-list": { "1": ["0"] } })).then(
    () => "stored",
    codeOf,
  ),
);
for (const descriptor of open) closeSync(descriptor);

print(await count().catch(codeOf));
await state.keys.set({ "device-list": { "1": ["1"], "813": ["813"] } });
await close();
print("closed");
