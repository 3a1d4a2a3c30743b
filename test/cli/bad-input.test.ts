import { once } from "node:events";
import { chmod, readdir, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { runMotte } from "../support/run-motte.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** One line that names the fix, exit code 2, and nothing on the other stream. */
async function expectRefusal(
  args: readonly string[],
  fix: string | RegExp,
  options: { readonly uid?: number } = {},
): Promise<void> {
  const { code, out, error } = await runMotte(args, options);
  expect(error).toHaveLength(1);
  expect(error[0]).toMatch(fix);
  expect(out).toEqual([]);
  expect(code).toBe(2);
}

test("a busy port", async () => {
  const busy = createServer().listen(0, "127.0.0.1");
  await once(busy, "listening");
  const { port } = busy.address() as AddressInfo;

  await expectRefusal(["mock", "--port", String(port)], /--port|port 0|another port/);

  busy.close();
});

test("a host that other machines can reach, without the flag that allows it", () =>
  expectRefusal(["mock", "--host", "0.0.0.0"], /--allow-non-loopback/));

test.each([
  [["mock", "--prot", "1"], /--prot.*--port/],
  [["mock", "--port", "eighty"], /--port must be a whole number/],
  [["mock", "--port", "70000"], /from 0 to 65535/],
  [["demo", "--data"], /--data/],
  [["demo", "extra"], /extra/],
  [["--versio"], /no option "--versio"; did you mean "--version"\?; it has --help/],
  [["-V"], /did you mean "-v"/],
  [["--port", "8484", "mock"], /it goes behind the command, such as motte mock --port/],
  [["doctor", "--hepl"], /'--hepl'; did you mean "--help"/],
  [["mock", "-port", "1"], /'-p'; did you mean "--port"/],
  [["mok"], /no command "mok"; did you mean "mock"\?; it has demo, mock, run/],
])("%j", (args, fix) => expectRefusal(args, fix));

test("a data folder that does not exist, and stays so", async () => {
  await using folder = await temporaryFolder();

  await expectRefusal(["demo", "--data", folder.file("missing")], "name an existing folder");

  expect(await readdir(folder.path)).toEqual([]);
});

test("a data folder that is a file", async () => {
  await using folder = await temporaryFolder();
  await writeFile(folder.file("plain"), "");

  await expectRefusal(["demo", "--data", folder.file("plain")], "is not a folder");
});

test("a data folder that this user may not read", async () => {
  await using folder = await temporaryFolder();
  await chmod(folder.path, 0o500);
  // Root may write everywhere, so root plays "nobody" here.
  const nobody = process.getuid?.() === 0 ? { uid: 65_534 } : {};

  await expectRefusal(["demo", "--data", folder.path], "cannot be read or written", nobody);

  await chmod(folder.path, 0o700);
  expect(await readdir(folder.path)).toEqual([]);
});

test("no command at all shows the help", async () => {
  const { code, out } = await runMotte([]);

  expect(out.join("\n")).toContain("Usage: motte <command>");
  expect(code).toBe(2);
});

test("every command explains itself", async () => {
  const listed = await runMotte(["--help", "--json"]);
  const { commands } = JSON.parse(listed.out.join("")) as { commands: { name: string }[] };
  expect(commands.length).toBeGreaterThan(3);
  for (const { name } of commands) {
    const { code, out } = await runMotte([name, "--help"]);
    expect(out[0]).toMatch(new RegExp(`^motte ${name}: `));
    expect(out).toContain("Examples:");
    expect(code).toBe(0);
  }
});
